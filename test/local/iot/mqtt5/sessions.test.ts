import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { IConnectPacket } from 'mqtt-packet'
import { createClock } from '../../../../local/clock.ts'
import { awsLimits } from '../../../../local/iot/limits.ts'
import { joined, rawClient, start } from './raw-client.ts'

const open = async (t: TestContext) => {
  const clock = createClock()
  t.after(clock.close)
  const broker = await start(t, { clock })
  /** The CONNACK of a client that then subscribes, and leaves with this farewell. */
  const visit = async (packet: Partial<IConnectPacket>, farewell: object = {}, version: 4 | 5 = 5) => {
    const client = await rawClient(t, broker.url, version)
    const connack = await client.open({ clientId: 'dock', ...packet })
    assert.equal(connack?.cmd, 'connack')
    await client.subscribe('a')
    await client.leave(farewell)
    return connack
  }
  const present = async (packet: Partial<IConnectPacket>, version: 4 | 5 = 5) =>
    (await visit(packet, {}, version)).sessionPresent
  return { clock, broker, visit, present }
}
const expiring = (sessionExpiryInterval: number, clean = false) => ({
  clean,
  properties: { sessionExpiryInterval },
})

test('a client gets the limits that AWS announces', async (t) => {
  const { broker } = await open(t)
  const client = await rawClient(t, broker.url)
  const connack = await client.open({ clientId: 'dock', keepalive: 60 })
  assert.partialDeepStrictEqual(connack, { cmd: 'connack', reasonCode: 0, sessionPresent: false })
  assert.deepEqual(connack?.cmd === 'connack' && { ...connack.properties }, {
    receiveMaximum: 100,
    maximumQoS: 1,
    retainAvailable: true,
    maximumPacketSize: 131_072,
    topicAliasMaximum: 8,
    wildcardSubscriptionAvailable: true,
    subscriptionIdentifiersAvailable: false,
    sharedSubscriptionAvailable: false,
  })
})

test('what a client asks for beyond that is brought within it, and the client is told', async (t) => {
  const { broker } = await open(t)
  const propertiesAfter = async (packet: Partial<IConnectPacket>) => {
    const connack = await (await rawClient(t, broker.url)).open(packet)
    return connack?.cmd === 'connack' ? connack.properties : undefined
  }
  const weeks = await propertiesAfter({ clientId: '', properties: { sessionExpiryInterval: 0xff_ff_ff_ff } })
  assert.equal(weeks?.sessionExpiryInterval, 3600)
  assert.match(weeks?.assignedClientIdentifier ?? '', /^[0-9a-f-]{36}$/)
  assert.equal((await propertiesAfter({ keepalive: 0 }))?.serverKeepAlive, 1200)
  assert.equal((await propertiesAfter({ keepalive: 5 }))?.serverKeepAlive, 30)
  assert.equal((await propertiesAfter({ keepalive: 65_535 }))?.serverKeepAlive, 1200)
})

test('a session lasts as long as its client said, or ends with the connection', async (t) => {
  const { clock, present } = await open(t)
  assert.equal(await present(expiring(600)), false)
  clock.advance(590_000)
  assert.equal(await present(expiring(600)), true)
  clock.advance(601_000)
  assert.equal(await present(expiring(600)), false)
  assert.equal(await present({ clean: false }), true)
  assert.equal(await present(expiring(600)), false)
  assert.equal(await present(expiring(600, true)), false)
  assert.equal(await present(expiring(600)), true)
})

test('a farewell may change how long the session lasts, but not make one of none', async (t) => {
  const { clock, broker, visit, present } = await open(t)
  await visit(expiring(600), { properties: { sessionExpiryInterval: 0 } })
  assert.equal(await present(expiring(600)), false)
  await visit(expiring(600), { properties: { sessionExpiryInterval: 60 } })
  clock.advance(61_000)
  assert.equal(await present(expiring(600)), false)
  await visit(expiring(60), { properties: { sessionExpiryInterval: 604_800 } })
  clock.advance(3_590_000)
  assert.equal(await present(expiring(60)), true)

  const client = await joined(t, broker, { clientId: 'other' })
  client.send({ cmd: 'disconnect', properties: { sessionExpiryInterval: 60 } })
  assert.partialDeepStrictEqual(await client.next(), { cmd: 'disconnect', reasonCode: 0x82 })
})

test('a session of one version of MQTT is not gone on with in the other', async (t) => {
  const { present } = await open(t)
  const lasting = { clean: false }
  assert.equal(await present(lasting, 4), false)
  assert.equal(await present(expiring(600)), false)
  assert.equal(await present(expiring(600)), true)
  assert.equal(await present(lasting, 4), false)
  assert.equal(await present(lasting, 4), true)
})

test('a clean start throws away what waited', async (t) => {
  const { broker, visit } = await open(t)
  await visit(expiring(600))
  await broker.publish('a', 'waiting', { qos: 1 })
  const client = await joined(t, broker, { clientId: 'dock', ...expiring(600, true) })
  await client.subscribe('a')
  await broker.publish('a', 'new', { qos: 1 })
  assert.partialDeepStrictEqual(await client.next(), { payload: Buffer.from('new') })
})

test('subscriptions that wait for their session keep their options', async (t) => {
  const { broker } = await open(t)
  const first = await joined(t, broker, { clientId: 'dock', ...expiring(600) })
  first.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'a', qos: 1, nl: true, rap: true }] })
  await first.next()
  await first.leave()
  const again = await joined(t, broker, { clientId: 'dock', ...expiring(600) })
  again.publish('a', 'own')
  await broker.publish('a', 'of others', { retain: true })
  assert.partialDeepStrictEqual(await again.next(), { payload: Buffer.from('of others'), retain: true })
})

test('a client is told why its connection ends: taken over, silent, or the broker’s own end', async (t) => {
  const broker = await start(t, {
    limits: { keepAliveSeconds: { least: 1, most: awsLimits.sessionSeconds } },
  })
  const first = await joined(t, broker, { clientId: 'dock' })
  const second = await joined(t, broker, { clientId: 'dock' })
  assert.partialDeepStrictEqual(await first.rest(), [{ cmd: 'disconnect', reasonCode: 0x8e }])
  const silent = await joined(t, broker, { clientId: 'silent', keepalive: 1 })
  assert.partialDeepStrictEqual(await silent.rest(), [{ cmd: 'disconnect', reasonCode: 0x8d }])
  const closing = broker.close()
  assert.partialDeepStrictEqual(await second.rest(), [{ cmd: 'disconnect', reasonCode: 0x8b }])
  await closing
})

test('a connection is understood whichever way its bytes are cut', async (t) => {
  const { broker } = await open(t)
  for (const version of [4, 5] as const) {
    const client = await rawClient(t, broker.url, version)
    const { generate } = await import('mqtt-packet')
    const bytes = Buffer.concat([
      generate({
        cmd: 'connect',
        protocolId: 'MQTT',
        protocolVersion: version,
        clean: true,
        keepalive: 60,
        clientId: `cut-${version}`,
        username: 'x'.repeat(200),
        password: Buffer.from('y'),
      }),
      generate({ cmd: 'pingreq' }),
    ])
    client.socket.setNoDelay(true)
    for (const byte of bytes) {
      await new Promise<void>((resolve) => client.socket.write(Buffer.of(byte), () => resolve()))
      await new Promise(setImmediate)
    }
    assert.equal((await client.next())?.cmd, 'connack')
    assert.equal((await client.next())?.cmd, 'pingresp')
  }
})
