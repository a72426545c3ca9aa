import { at, createdAt, deviceId, fleet, id, person } from './common.ts'

const phase = {
  name: 'first',
  take: { percent: 10 },
  together: 50,
  next: 'approval',
  gate: { confirmedPercent: 95, failedAtMostPercent: 2, withinSeconds: 86400 },
}
const settings = {
  name: 'RTU 2.4.0 in the north',
  packageId: 'rtu-2-4-0',
  fleet,
  timeoutSeconds: 86400,
  proveSeconds: 600,
  select: { models: ['RTU-3200'] },
}
const summary = {
  id: 'spring',
  ...settings,
  package: 'firmware',
  targetVersion: '2.4.0',
  state: 'running',
  chosen: 200,
  leftOut: 0,
  createdAt,
  requestedBy: person,
}

export const campaignExamples = {
  CampaignChange: { name: 'Spring, second half', window: null },
  CampaignInput: {
    ...settings,
    phases: [phase, { ...phase, name: 'all', take: { percent: 90 }, next: 'auto' }],
    window: { days: ['mon', 'tue', 'wed', 'thu'], from: '01:30', minutes: 180 },
  },
  CampaignSummary: summary,
  Campaign: {
    ...summary,
    devices: 20,
    states: { pending: 1, upgrading: 3, succeeded: 15, failed: 1, timedOut: 0, rolledBack: 0, closed: 0 },
    evidence: { proving: 1, matched: 2, confirmed: 13 },
    versions: [{ version: '2.4.0', devices: 15 }],
    otherVersions: 0,
    failures: [{ reason: 'The device found too little space.', devices: 1 }],
    countedAt: at('10:05:00'),
    phases: [
      {
        ...phase,
        state: 'open',
        size: 20,
        released: 20,
        atWork: 4,
        confirmed: 13,
        failed: 1,
        openedAt: createdAt,
      },
    ],
    waitingFor: 'devices',
  },
  CampaignApproval: { phase: 'first', comment: 'Looks good.' },
  CampaignHistoryEntry: {
    at: createdAt,
    by: person,
    event: 'approve',
    phase: 'first',
    numbers: { confirmed: 19, failed: 0 },
    comment: 'Looks good.',
  },
  CampaignCurve: { points: [{ at: createdAt, confirmed: 13, failed: 1 }] },
  CampaignDryRun: {
    takePart: 200,
    phases: [{ name: 'first', devices: 20 }],
    leftOut: 0,
    alreadyCurrent: 12,
    versionUnknown: 3,
    complete: true,
    others: [{ reason: 'modelNotAllowed', devices: 1, examples: [deviceId] }],
  },
  SkippedDevice: { deviceId, phase: 'first', reason: 'anotherOpen' },
  CampaignDevicesInput: { deviceIds: [deviceId] },
  CampaignDeviceResults: { results: [{ deviceId, outcome: 'opened', attemptId: id }] },
}
