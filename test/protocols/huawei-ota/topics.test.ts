import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  deviceIdPattern,
  eventSources,
  nativeTopicsOf,
  topicsOf,
} from '../../../protocols/huawei-ota/topics.ts'
import { childId, deviceId } from './payload.ts'

describe('topics', () => {
  it('are those of the bridge and of Greengrass', () => {
    assert.deepEqual(eventSources, {
      bridged: { filter: 'oc/devices/+/sys/events/up', deviceIdSegment: 3 },
      prefixed: { filter: 'in/$oc/devices/+/sys/events/up', deviceIdSegment: 4 },
    })
  })

  it('have the device id where the rules look for it', () => {
    const { events, prefixedEvents } = topicsOf(deviceId)
    assert.equal(events.split('/')[eventSources.bridged.deviceIdSegment - 1], deviceId)
    assert.equal(prefixedEvents.split('/')[eventSources.prefixed.deviceIdSegment - 1], deviceId)
  })

  it('on our side never begin with a dollar sign, which AWS reserves', () => {
    for (const topic of Object.values(topicsOf(deviceId))) assert.doesNotMatch(topic, /^\$/)
  })

  it("on the device's side are the vendor's, which is what a bridge takes off or puts on", () => {
    const native = nativeTopicsOf(deviceId)
    assert.equal(native.events, `$${topicsOf(deviceId).events}`)
    assert.equal(native.requests, `$${topicsOf(deviceId).requests}`)
    assert.equal(`in/${native.events}`, topicsOf(deviceId).prefixedEvents)
  })

  it('stay within what AWS allows, 256 bytes and 7 slashes, for the longest id', () => {
    for (const topic of Object.values(topicsOf('x'.repeat(128)))) {
      assert.ok(Buffer.byteLength(topic) <= 256)
      assert.ok(topic.split('/').length - 1 <= 7)
    }
  })
})

describe('a device id', () => {
  it('may be what IoTDA allows', () => {
    for (const id of [deviceId, childId, 'A', '0', '_', '-', 'x'.repeat(128)])
      assert.match(id, deviceIdPattern)
  })

  it('has nothing in it that means something in a topic, a key, a resource or a policy', () => {
    const illegal = [
      '',
      'x'.repeat(129),
      'dev\n',
      ...['/', '+', '#', '*', '?', '$', '{', '}', '.', ':', ' ', 'é', '\0'].map((c) => `dev${c}1`),
    ]
    for (const id of illegal) assert.doesNotMatch(id, deviceIdPattern)
  })
})
