import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { versionQuery } from '../../../protocols/huawei-ota/down.ts'
import { childId, deviceId, example } from './payload.ts'

const sentAt = 1_449_922_332_000

describe('a version query', () => {
  it('is what the vendor documents', () => {
    const { topic, payload } = versionQuery(deviceId, { sentAt })
    assert.equal(topic, `oc/devices/${deviceId}/sys/events/down`)
    assert.deepEqual(JSON.parse(payload), JSON.parse(example('down-version_query').toString()))
  })

  it("reaches a gateway's child through the gateway", () => {
    const { topic, payload } = versionQuery(childId, { sentAt, gatewayId: deviceId })
    assert.equal(topic, `oc/devices/${deviceId}/sys/events/down`)
    assert.equal(JSON.parse(payload).object_device_id, childId)
  })

  it('is the same at every repetition', () => {
    assert.deepEqual(versionQuery(deviceId, { sentAt }), versionQuery(deviceId, { sentAt }))
  })
})
