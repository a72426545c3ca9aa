import { at, createdAt, deviceId, fleet, id, md5, person, sha256 } from './common.ts'

const traits = { model: 'RTU-3200', labels: { site: 'lab' }, timeZone: 'Europe/Berlin' }
const attempt = {
  id,
  deviceId,
  package: 'firmware',
  targetVersion: '2.4.0',
  state: 'upgrading',
  openedAt: createdAt,
  fromVersion: '2.3.1',
  lastReportAt: at('10:03:20'),
  silentAt: '2026-11-22T10:03:20.000Z',
  timeoutSeconds: 86400,
  proveSeconds: 600,
  packageId: 'rtu-2-4-0',
  deliveries: 1,
  offeredAt: at('10:02:30'),
  waitingFor: 'report',
  requestedBy: person,
  percent: 40,
}
const pack = {
  name: 'RTU 2.4.0',
  version: '2.4.0',
  package: 'firmware',
  machines: 'devices',
  models: ['RTU-3200'],
  from: ['2.3.0', '2.3.1'],
  offer: 'v2',
  fleet,
}
const headers = {
  'content-length': '1048576',
  'x-amz-checksum-sha256': 'n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=',
}

export const upgradeExamples = {
  DeviceChange: { labels: { site: 'field' }, timeZone: null },
  DeviceInput: { fleet, ...traits },
  RegisteredDevice: { deviceId, fleet, registeredAt: createdAt, ...traits },
  AttemptInput: { packageId: 'rtu-2-4-0', timeoutSeconds: 86400 },
  UpgradeAttempt: attempt,
  Upgrade: {
    deviceId,
    fleet,
    ...traits,
    state: 'upgrading',
    percent: 40,
    firmware: { version: '2.3.1', reportedAt: at('10:02:20') },
    lastReportAt: at('10:03:20'),
    lastSeenAt: at('10:03:20'),
    reportedVersion: '2.3.1',
    attempt,
  },
  Report: {
    receivedAt: at('10:03:20'),
    kind: 'upgradeReport',
    meaning: 'upgrading',
    resultCode: 0,
    percent: 40,
    repeats: 0,
  },
  takeDeviceEvents: [
    {
      deviceId,
      receivedAt: '2026-11-21T10:03:20Z',
      body: {
        services: [{ service_id: '$ota', event_type: 'version_report', paras: { fw_version: '2.4.0' } }],
      },
    },
  ],
  DeviceEventResults: { results: [{ outcome: 'accepted' }] },
  Package: {
    id: 'rtu-2-4-0',
    ...pack,
    createdAt,
    requestedBy: person,
    file: { name: 'rtu-2.4.0.bin', size: 1048576, sha256, md5, state: 'proved', provedAt: at('10:05:00') },
  },
  PackageInput: pack,
  PackageUploadInput: { fileName: 'rtu-2.4.0.bin', size: 1048576, sha256, md5 },
  PackageUpload: {
    url: 'https://example-packages.example/rtu-2.4.0.bin?signature=…',
    headers,
    expiresAt: at('11:02:00'),
  },
}
