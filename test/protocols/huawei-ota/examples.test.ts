import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readEvents } from '../../../protocols/huawei-ota/up.ts'
import { upwardExamples } from '../spoilt.ts'
import { childId, deviceId, example, printed, refusal } from './payload.ts'

const heard = { outcome: 'heard', deviceId: '5e06bfee334dd4f33759f5b3_demo' }
const understood = (fact: object) => ({ outcome: 'understood', fact })
const upgrade = (fact: object) => [understood({ kind: 'upgradeReport', deviceId, ...fact })]
const versions = (fact: object) => [understood({ kind: 'versionReport', deviceId, ...fact })]

const documentedTime = { eventTime: 1_449_922_332_000, eventTimeText: '20151212T121212Z' }
/** The time in UTC of a device that runs there, and the local time, eight hours ahead, of one in Shanghai. */
const pythonTime = { eventTime: 1_795_296_408_000, eventTimeText: '2026-11-21T21:26:48Z' }
const pythonLocalTime = { eventTime: 1_795_325_169_000, eventTimeText: '2026-11-22T05:26:09Z' }

const expected = {
  'up-upgrade_progress_report': upgrade({
    ...documentedTime,
    resultCode: 0,
    percent: 80,
    version: 'V2.0',
    description: 'upgrade processing',
  }),
  'up-version_report': versions({ ...documentedTime, firmware: 'v1.0', software: 'v1.0' }),
  'up-log_report-python': [heard],
  'up-upgrade_progress_report-python': upgrade({
    ...pythonTime,
    resultCode: 0,
    percent: 10,
    version: 'v1.0.0',
    description: 'downloading',
  }),
  'up-upgrade_progress_report-python-failed': upgrade({
    ...pythonLocalTime,
    resultCode: 7,
    version: 'v1.0.0',
  }),
  'up-upgrade_progress_report-python-child': upgrade({
    deviceId: childId,
    resultCode: 0,
    percent: 100,
    version: 'v2.0.0',
  }),
  'up-version_report-python': versions({ ...pythonTime, firmware: 'v1.0.0', software: 'v1.0.0' }),
  'up-upgrade_progress_report-java-downloaded': upgrade({
    eventTime: 1_744_790_462_000,
    eventTimeText: '20250416T080102Z',
    resultCode: 0,
    percent: 100,
    version: 'v1.0.0',
  }),
  'up-upgrade_progress_report-java': upgrade({
    eventTime: 1_744_790_622_000,
    eventTimeText: '20250416T080342Z',
    resultCode: 0,
    percent: 100,
    version: 'v2.0.0',
    description: 'upgrade success',
  }),
  'up-upgrade_progress_report-java-failed': upgrade({
    eventTime: 1_744_790_502_000,
    eventTimeText: '20250416T080142Z',
    resultCode: 6,
    percent: 0,
    version: 'v1.0.0',
  }),
  'up-upgrade_progress_report-c': upgrade({
    resultCode: 0,
    percent: 100,
    version: 'v2.0.0',
    description: 'success',
  }),
  'up-upgrade_progress_report-c-failed': upgrade({
    resultCode: 1,
    percent: 0,
    version: 'v2.0.0',
    description: 'failed',
  }),
  'up-upgrade_progress_report-go': upgrade({
    eventTime: 1_754_010_123_000,
    eventTimeText: '20250801T010203Z',
    resultCode: 0,
    percent: 100,
  }),
  'up-upgrade_progress_report-csharp-gateway': upgrade({
    deviceId: childId,
    resultCode: 0,
    version: 'v2.0.0',
  }),
  'up-upgrade_progress_report-liteos': upgrade({ resultCode: 0 }),
  'up-upgrade_progress_report-esp32': upgrade({
    eventTime: 0,
    eventTimeText: '19700101T000000Z',
    resultCode: 2,
    percent: 0,
    version: '1.0.0',
    description: 'already the latest version',
  }),
  'up-several-services': [
    heard,
    ...versions({ eventTime: 1_767_608_100_000, eventTimeText: '20260105T101500Z', firmware: 'v1.0.0' }),
    ...upgrade({
      eventTime: 1_767_608_101_000,
      eventTimeText: '20260105T101501Z',
      resultCode: 0,
      version: 'v1.0.0',
    }).map((read) => ({ ...read, dropped: ['services[2].paras.progress'] })),
    ...upgrade({
      eventTime: 1_767_608_102_000,
      eventTimeText: '20260105T101502Z',
      resultCode: 0,
      percent: 81,
      version: 'v1.0.0',
    }),
  ],
}

describe('the examples', () => {
  for (const [name, events] of Object.entries(expected)) {
    it(`${name} says what its source means`, () => {
      assert.deepEqual(readEvents(deviceId, example(name)), events)
    })
  }

  it('are all read', () => assert.deepEqual(upwardExamples('huawei-ota'), Object.keys(expected).sort()))

  it("of the vendor's pages are about no device as long as they have the placeholder", () => {
    const [event] = readEvents(deviceId, Buffer.from(printed('up-upgrade_progress_report')))
    assert.equal(refusal(event), 'invalidDeviceId object_device_id')
  })
})
