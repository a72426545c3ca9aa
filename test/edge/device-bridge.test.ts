import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { deviceBridge } from '../../edge/device-bridge.ts'
import { nativeTopicsOf, topicsOf } from '../../protocols/huawei-ota/topics.ts'
import { type Mosquitto, mosquittoMissing, startMosquitto } from '../support/mosquitto.ts'
import { type Cloud, join, startCloud } from './brokers.ts'

const device = '5e06bfee334dd4f33759f5b3_pump-1'
const otherDevice = '5e06bfee334dd4f33759f5b3_pump-2'
const native = nativeTopicsOf(device)
const ours = topicsOf(device)

describe('a Mosquitto bridge for Huawei devices', { skip: mosquittoMissing }, () => {
  let cloud: Cloud
  const undo: Array<() => Promise<void>> = []

  beforeEach(async () => {
    cloud = await startCloud()
    undo.push(cloud.stop)
  })
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step()
  })

  const startEdge = async (devices: string[]): Promise<Mosquitto> => {
    const bridge = deviceBridge({
      endpoint: '127.0.0.1',
      port: cloud.port,
      insecurePlain: true,
      devices,
      bridgeName: 'test',
      remoteClientId: 'edge',
    })
    const edge = await startMosquitto(`allow_anonymous true\n${bridge}`)
    undo.push(edge.stop)
    return edge
  }
  const joinEdge = async (edge: Mosquitto, filters: string[] = []) => {
    const member = await join(edge.url, filters)
    undo.push(member.leave)
    return member
  }

  for (const [which, devices] of Object.entries({ named: [device], 'not named': [] })) {
    it(`renames the events of a device that is ${which} on their way up`, async () => {
      const sender = await joinEdge(await startEdge(devices))
      await cloud.subscribed(1)

      await sender.say(native.events, 'report')
      await cloud.received.until('report')

      assert.deepEqual(cloud.received.messages, [
        {
          topic: 'oc/devices/5e06bfee334dd4f33759f5b3_pump-1/sys/events/up',
          payload: 'report',
          qos: 1,
          retain: false,
        },
      ])
    })

    it(`renames what a device that is ${which} is asked on its way down`, async () => {
      const member = await joinEdge(await startEdge(devices), [native.requests])
      await cloud.subscribed(1)

      await cloud.send(ours.requests, 'query')
      await member.received.until('query')

      assert.equal(
        member.received.messages[0]?.topic,
        '$oc/devices/5e06bfee334dd4f33759f5b3_pump-1/sys/events/down',
      )
    })
  }

  it('keeps every other topic where it is, the vendor’s too', async () => {
    const sender = await joinEdge(await startEdge([]))
    await cloud.subscribed(1)

    for (const topic of [
      `$oc/devices/${device}/sys/properties/report`,
      `$oc/devices/${device}/sys/messages/up`,
      `$oc/devices/${device}/sys/commands/response/request_id=1`,
      `$oc/devices/${device}/sys/gateway/sub_devices/properties/report`,
      `$oc/devices/${device}/user/events/up`,
      native.requests,
      ours.events,
      'oc/devices/up',
    ]) {
      await sender.say(topic, topic)
    }
    await sender.say(native.events, 'last')
    await cloud.received.until('last')

    assert.deepEqual(
      cloud.received.messages.map(({ payload }) => payload),
      ['last'],
    )
  })

  it('carries named devices only, both ways', async () => {
    const member = await joinEdge(await startEdge([device]), ['$oc/#'])
    await cloud.subscribed(1)

    await member.say(nativeTopicsOf(otherDevice).events, 'report of the other')
    await cloud.send(topicsOf(otherDevice).requests, 'query to the other')
    await cloud.send(ours.events, 'not a request')
    await member.say(native.events, 'last up')
    await cloud.send(ours.requests, 'last down')
    await cloud.received.until('last up')
    await member.received.until('last down')

    const up = cloud.received.messages.map(({ payload }) => payload)
    assert.deepEqual(up, ['last up'])
    assert.ok(!member.received.messages.some(({ payload }) => payload === 'query to the other'))
    assert.ok(!member.received.messages.some(({ payload }) => payload === 'not a request'))
  })

  it('delivers both ways what was said while the line was down', async () => {
    const member = await joinEdge(await startEdge([device]), [native.requests])
    await cloud.subscribed(1)

    await cloud.cut()
    for (const payload of ['1', '2', '3']) await member.say(native.events, payload)
    await cloud.send(ours.requests, 'query')
    await cloud.mend()

    await cloud.received.until('3')
    await member.received.until('query')
    assert.deepEqual([...new Set(cloud.received.messages.map(({ payload }) => payload))], ['1', '2', '3'])
  })

  it('keeps each connection within AWS’s 50 subscriptions, and carries the devices of each', async () => {
    const devices = Array.from({ length: 51 }, (_, index) => `product_${index}`)
    const edge = await startEdge(devices)
    await cloud.subscribed(51)

    const counts = [...cloud.sessions.values()].map(({ subscribes }) => subscribes.flat().length)
    assert.deepEqual(counts.sort(), [1, 50])
    const sender = await joinEdge(edge)
    for (const name of ['product_0', 'product_50']) {
      await sender.say(nativeTopicsOf(name).events, name)
      await cloud.received.until(name)
    }
    assert.deepEqual(
      cloud.received.messages.map(({ payload }) => payload),
      ['product_0', 'product_50'],
    )
  })
})
