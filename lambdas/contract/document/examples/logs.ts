import { at, createdAt, dockSn, fleet, id, md5, otherId, person } from './common.ts'

const log = { bootIndex: 321, startTime: at('09:58:00'), endTime: at('10:58:00'), sizeBytes: 2022400 }
const rule = { modules: ['dock', 'aircraft'], beforeSeconds: 3600, afterSeconds: 600 }
const collected = {
  name: 'Logs of warnings',
  enabled: true,
  fleet,
  when: { alarm: { levels: ['warning'] } },
  logs: rule,
  finishWithinSeconds: 21600,
  atOnce: 5,
  wakeAircraft: false,
  retries: 2,
}

export const logExamples = {
  Listing: {
    id,
    dockSn,
    state: 'received',
    createdAt,
    deadlineAt: at('10:02:15'),
    receivedAt: at('10:02:01'),
    requestedBy: person,
    modules: [{ module: 'dock', deviceSn: dockSn, logs: [log] }],
  },
  ListingInput: { modules: ['dock', 'aircraft'] },
  Logs: {
    modules: [
      { module: 'dock', deviceSn: dockSn, listedAt: at('10:02:01'), listingId: otherId, logs: [log] },
    ],
    newest: { id: otherId, state: 'received', createdAt, deadlineAt: at('10:02:15'), leftOut: [] },
  },
  Upload: {
    id,
    dockSn,
    fleet,
    state: 'verified',
    createdAt,
    updatedAt: at('10:04:10'),
    deadlineAt: at('11:02:00'),
    requestedBy: person,
    note: 'hard landing',
    attempt: 1,
    archives: [
      {
        module: 'dock',
        objectKey: `logs/${dockSn}/${id}/dock.tar`,
        bootIndexes: [321],
        state: 'verified',
        percent: 100,
        sizeBytes: 2022400,
        fingerprint: md5,
        finishedAt: at('10:04:08'),
        verification: 'verified',
      },
    ],
    history: [{ at: createdAt, by: person, action: 'start' }],
  },
  UploadInput: {
    selections: [
      { module: 'aircraft', from: '2026-11-21T10:00:00Z', to: '2026-11-21T11:00:00Z' },
      { module: 'dock', bootIndexes: [321] },
    ],
    note: 'hard landing',
  },
  RetryInput: { note: 'once more, at night' },
  CancelInput: { modules: ['aircraft'] },
  HistoryEntry: { at: createdAt, by: person, action: 'start' },
  LentCredentials: {
    storage: {
      provider: 'aws',
      bucket: 'example-uploads',
      region: 'eu-central-1',
      endpoint: 'https://s3.eu-central-1.amazonaws.com',
    },
    credentials: {
      accessKeyId: 'an-id',
      secretAccessKey: 'a-key',
      sessionToken: 'a-token',
      expiresAt: at('11:02:00'),
    },
    objectKeys: [`logs/${dockSn}/${id}/dock.tar`],
  },
  Download: { url: 'https://example-uploads.example/dock.tar?signature=…', expiresAt: at('10:07:00') },
  Collection: { id: 'warnings', ...collected, createdAt, createdBy: person, changedAt: createdAt },
  CollectionInput: collected,
  CollectionRun: {
    id: '0123456789abcdef0123456789abcdef',
    collectionId: 'warnings',
    dockSn,
    fleet,
    cause: {
      collectionId: 'warnings',
      kind: 'alarm',
      at: at('09:58:12'),
      alarm: { sn: dockSn, code: '0x16100083' },
    },
    state: 'ended',
    outcome: 'collected',
    createdAt,
    updatedAt: at('10:20:00'),
    finishBy: at('15:58:12'),
    endedAt: at('10:20:00'),
    uploadId: id,
    leftOut: [],
    covers: 0,
  },
  RunInput: { docks: [dockSn] },
  StartedRuns: { collectionId: 'warnings', startId: id, at: createdAt, docks: 1 },
}
