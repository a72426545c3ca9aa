import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Packet } from 'mqtt-packet'
import { createClock } from '../../../../local/clock.ts'
import { huaweiEdge } from '../../../../local/iot/edge.ts'
import type { PublishProperties } from '../../../../local/iot/mqtt5/envelope.ts'
import { joined, type RawClient, rawClient, start } from './raw-client.ts'

const properties = {
  payloadFormatIndicator: true,
  contentType: 'application/json',
  responseTopic: 'answers/here',
  correlationData: Buffer.from([0, 255]),
  userProperties: { line: 'north', kind: ['a', 'b'] },
}

/** With the prototypes that this file writes. */
const plain = ({ userProperties, ...others }: PublishProperties = {}) =>
  userProperties ? { ...others, userProperties: { ...userProperties } } : others

const brief = (packet: Packet | undefined) =>
  packet?.cmd === 'publish' && {
    topic: packet.topic,
    text: packet.payload.toString(),
    qos: packet.qos,
    properties: plain(packet.properties),
  }
const textOf = async (client: RawClient) => {
  const packet = await client.next()
  return packet?.cmd === 'publish' ? packet.payload.toString() : packet?.cmd
}
const expiryOf = (packet: Packet | undefined) =>
  packet?.cmd === 'publish' ? packet.properties?.messageExpiryInterval : packet?.cmd

const startWithClock = async (t: TestContext) => {
  const clock = createClock()
  t.after(clock.close)
  return { clock, broker: await start(t, { clock }) }
}

test('what MQTT 5 says of a message reaches who subscribes with MQTT 5, at either quality', async (t) => {
  const broker = await start(t)
  const dock = await joined(t, broker, { clientId: 'dock' })
  const cloud = await joined(t, broker, { clientId: 'cloud' })
  await cloud.subscribe('a/+')
  dock.publish('a/b', 'at most once', { properties })
  assert.deepEqual(brief(await cloud.next()), { topic: 'a/b', text: 'at most once', qos: 0, properties })
  dock.publish('a/b', 'at least once', { qos: 1, messageId: 7, properties })
  assert.deepEqual(brief(await cloud.next()), { topic: 'a/b', text: 'at least once', qos: 1, properties })
  assert.partialDeepStrictEqual(await dock.next(), { cmd: 'puback', messageId: 7, reasonCode: 0 })
})

test('messages go over from one version of MQTT to the other, with what both know', async (t) => {
  const broker = await start(t)
  const old = await joined(t, broker, { clientId: 'old' }, 4)
  const modern = await joined(t, broker, { clientId: 'modern' })
  await old.subscribe('to/old')
  await modern.subscribe('to/modern')
  modern.publish('to/old', 'hello', { qos: 1, messageId: 3, properties })
  const bare = { qos: 1, properties: {} }
  assert.deepEqual(brief(await old.next()), { topic: 'to/old', text: 'hello', ...bare })
  assert.equal((await modern.next())?.cmd, 'puback')
  old.publish('to/modern', '', { qos: 1, messageId: 4 })
  assert.deepEqual(brief(await modern.next()), { topic: 'to/modern', text: '', ...bare })
})

for (const version of [4, 5] as const)
  test(`an expiry of the data plane is that of a message kept for MQTT ${version}`, async (t) => {
    const { clock, broker } = await startWithClock(t)
    const session = {
      clientId: 'dock',
      clean: false,
      ...(version === 5 && { properties: { sessionExpiryInterval: 3600 } }),
    }
    const dock = await joined(t, broker, session, version)
    await dock.subscribe('services')
    await dock.leave()
    await broker.publish('services', 'too late', { qos: 1, expirySeconds: 15 })
    await broker.publish('services', 'in time', { qos: 1, expirySeconds: 60 })
    clock.advance(15_000)
    const again = await joined(t, broker, session, version)
    const first = await again.next()
    assert.equal(brief(first) && first?.cmd === 'publish' && first.payload.toString(), 'in time')
    // What is left of it, in whole seconds: the clock goes on by itself.
    const left = Number(expiryOf(first))
    if (version === 5) assert(left > 30 && left < 45, String(left))
    else assert.equal(expiryOf(first), undefined)
  })

test('an expiry of none is a second, one of more than a week a week, and the last second is 0', async (t) => {
  const { clock, broker } = await startWithClock(t)
  const client = await joined(t, broker)
  await client.subscribe('a')
  const expiries: unknown[] = []
  for (const messageExpiryInterval of [0, 1, 2, 604_800, 604_801, 0xff_ff_ff_ff]) {
    client.publish('a', 'x', { properties: { messageExpiryInterval } })
    expiries.push(expiryOf(await client.next()))
  }
  // At once or some milliseconds later.
  const [none, one, two, ...weeks] = expiries.map(Number)
  assert(none === 0 || none === 1)
  assert(one === 0 || one === 1)
  assert(two === 1 || two === 2)
  for (const week of weeks) assert(week === 604_799 || week === 604_800)
  clock.close()
})

test('without an expiry a message of MQTT 3.1.1 has none, whoever hears it', async (t) => {
  const broker = await start(t)
  const modern = await joined(t, broker, { clientId: 'modern' })
  const old = await joined(t, broker, { clientId: 'old' }, 4)
  await modern.subscribe('a')
  old.publish('a', 'x')
  assert.equal(expiryOf(await modern.next()), undefined)
})

test('a retained message comes whole with an exact subscription, until it expires', async (t) => {
  const { clock, broker } = await startWithClock(t)
  const sender = await joined(t, broker, { clientId: 'sender' })
  const retained = { retain: true, qos: 1, properties: { ...properties, messageExpiryInterval: 60 } }
  sender.publish('a/b', 'kept', { ...retained, messageId: 1 })
  await sender.next()

  const exact = await joined(t, broker, { clientId: 'exact' })
  await exact.subscribe('a/b')
  const packet = await exact.next()
  assert.partialDeepStrictEqual(packet, { cmd: 'publish', retain: true })
  assert.partialDeepStrictEqual(brief(packet), { text: 'kept', properties })
  const wide = await joined(t, broker, { clientId: 'wide' })
  await wide.subscribe('a/#')
  const old = await joined(t, broker, { clientId: 'old' }, 4)
  await old.subscribe('a/b')
  assert.equal(await textOf(old), 'kept')
  clock.advance(61_000)
  const late = await joined(t, broker, { clientId: 'late' })
  await late.subscribe('a/b')
  for (const client of [wide, late]) {
    sender.publish('a/b', 'next')
    assert.equal(await textOf(client), 'next')
  }
})

test('a subscription says which retained messages it gets, and whether they keep their retain flag', async (t) => {
  const broker = await start(t)
  await broker.publish('a', 'kept', { retain: true })
  const client = await joined(t, broker)
  const subscribe = async (options: object) => {
    client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'a', qos: 1, ...options }] })
    await client.next()
  }
  await subscribe({ rh: 2 })
  await subscribe({ rh: 1 })
  await broker.publish('a', 'live', { retain: true })
  assert.partialDeepStrictEqual(await client.next(), { retain: false, payload: Buffer.from('live') })
  await subscribe({ rh: 0, rap: true })
  assert.partialDeepStrictEqual(await client.next(), { retain: true, payload: Buffer.from('live') })
  await broker.publish('a', 'marked', { retain: true })
  assert.partialDeepStrictEqual(await client.next(), { retain: true, payload: Buffer.from('marked') })
})

test('a client that wants nothing of its own hears others only', async (t) => {
  const broker = await start(t)
  const client = await joined(t, broker)
  client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'a/#', qos: 1, nl: true }] })
  await client.next()
  client.publish('a/b', 'own')
  await broker.publish('a/b', 'of others')
  assert.equal(await textOf(client), 'of others')
})

test('a last will is whole, and is sent without a farewell or when that asks for it', async (t) => {
  const broker = await start(t)
  const cloud = await joined(t, broker, { clientId: 'cloud' })
  await cloud.subscribe('gone')
  const will = { topic: 'gone', payload: Buffer.from('bye'), qos: 1 as const, retain: false, properties }
  const dock = { clientId: 'dock', will: { ...will, properties: { ...properties, willDelayInterval: 600 } } }
  ;(await joined(t, broker, dock)).socket.destroy()
  assert.deepEqual(brief(await cloud.next()), { topic: 'gone', text: 'bye', qos: 1, properties })
  await (await joined(t, broker, dock)).leave({ reasonCode: 4 })
  assert.equal(await textOf(cloud), 'bye')
  await (await joined(t, broker, dock)).leave()
  await broker.publish('gone', 'last')
  assert.equal(await textOf(cloud), 'last')
})

test('a topic may be sent once and then replaced by its alias', async (t) => {
  const broker = await start(t)
  const client = await joined(t, broker)
  await client.subscribe('long/#')
  client.publish('long/one', '1', { properties: { topicAlias: 8 } })
  client.publish('', '2', { properties: { topicAlias: 8 } })
  client.publish('long/two', '3', { properties: { topicAlias: 8 } })
  client.publish('', '4', { properties: { topicAlias: 8 } })
  const heard = [await client.next(), await client.next(), await client.next(), await client.next()]
  assert.deepEqual(
    heard.map((packet) => packet?.cmd === 'publish' && [packet.topic, packet.payload.toString()]),
    [
      ['long/one', '1'],
      ['long/one', '2'],
      ['long/two', '3'],
      ['long/two', '4'],
    ],
  )
})

test('a client gets no more messages at once than it takes, and none twice', async (t) => {
  const broker = await start(t)
  const client = await joined(t, broker, { properties: { receiveMaximum: 2 } })
  await client.subscribe('a')
  for (const text of ['1', '2', '3', '4']) await broker.publish('a', text, { qos: 1 })
  const first = await client.next()
  assert.equal(await textOf(client), '2')
  // Of QoS 0 there may be any number: it passes those that wait.
  await broker.publish('a', 'passing')
  assert.equal(await textOf(client), 'passing')
  client.send({ cmd: 'puback', ...(first?.messageId && { messageId: first.messageId }) })
  assert.equal(await textOf(client), '3')
})

test('a client gets no message that is larger than it takes', async (t) => {
  const broker = await start(t)
  const session = { clean: false, properties: { maximumPacketSize: 100, sessionExpiryInterval: 60 } }
  const client = await joined(t, broker, session)
  await client.subscribe('a')
  await broker.publish('a', 'x'.repeat(101), { qos: 1 })
  await broker.publish('a', 'x'.repeat(101))
  await broker.publish('a', 'small', { qos: 1 })
  assert.equal(await textOf(client), 'small')
  // Nor does it wait in the session.
  client.socket.destroy()
  const again = await joined(t, broker, session)
  assert.equal(await textOf(again), 'small')
  await broker.publish('a', 'last')
  assert.equal(await textOf(again), 'last')
})

test('at the edge topics are renamed for MQTT 5 too, also when they are left', async (t) => {
  const broker = await start(t, { edge: { port: 0, rewrite: huaweiEdge } })
  const device = await rawClient(t, broker.edgeUrl ?? '')
  await device.open()
  const cloud = await joined(t, broker, { clientId: 'cloud' }, 4)
  await cloud.subscribe('oc/devices/+/sys/events/up')
  await device.subscribe('$oc/devices/d1/sys/events/down', 'other')
  device.publish('$oc/devices/d1/sys/events/up', 'report', { properties: { topicAlias: 1 } })
  assert.partialDeepStrictEqual(brief(await cloud.next()), { topic: 'oc/devices/d1/sys/events/up' })
  cloud.publish('oc/devices/d1/sys/events/down', 'query')
  assert.partialDeepStrictEqual(brief(await device.next()), { topic: '$oc/devices/d1/sys/events/down' })
  device.send({ cmd: 'unsubscribe', messageId: 2, unsubscriptions: ['$oc/devices/d1/sys/events/down'] })
  assert.partialDeepStrictEqual(await device.next(), { cmd: 'unsuback', messageId: 2, granted: [0] })
  cloud.publish('oc/devices/d1/sys/events/down', 'unheard')
  cloud.publish('other', 'heard')
  assert.equal(await textOf(device), 'heard')
})
