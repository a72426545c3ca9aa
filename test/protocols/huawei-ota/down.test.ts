import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { timeResponse, versionQuery } from '../../../protocols/huawei-ota/down.ts'
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

describe('an answer to a request for the time', () => {
  const request = { deviceSentAt: 1_582_685_678_789 }
  const times = { request, receivedAt: 1_582_685_696_152, sentAt: 1_582_685_708_109 }

  it('is what the vendor documents', () => {
    const { topic, payload } = timeResponse(deviceId, times)
    assert.equal(topic, `oc/devices/${deviceId}/sys/events/down`)
    assert.deepEqual(JSON.parse(payload), {
      object_device_id: deviceId,
      services: [
        {
          service_id: '$time_sync',
          event_type: 'time_sync_response',
          event_time: '20200226T025508Z',
          paras: {
            device_send_time: 1_582_685_678_789,
            server_recv_time: 1_582_685_696_152,
            server_send_time: 1_582_685_708_109,
          },
        },
      ],
    })
  })

  it("reaches a gateway's child through the gateway", () => {
    const { topic, payload } = timeResponse(childId, { ...times, gatewayId: deviceId })
    assert.equal(topic, `oc/devices/${deviceId}/sys/events/down`)
    assert.equal(JSON.parse(payload).object_device_id, childId)
  })
})
