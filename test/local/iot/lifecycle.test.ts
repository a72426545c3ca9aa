import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import * as z from 'zod'
import { createClock } from '../../../local/clock.ts'
import { createBroker } from '../../../local/iot/broker.ts'
import type { BrokerOptions } from '../../../local/iot/broker-options.ts'
import { huaweiEdge } from '../../../local/iot/edge.ts'
import { createLifecycle } from '../../../local/iot/lifecycle.ts'
import { parseRule } from '../../../local/iot/sql.ts'

const Event = z.looseObject({
  clientId: z.string(),
  eventType: z.string(),
  versionNumber: z.number(),
  sessionIdentifier: z.string(),
  disconnectReason: z.string().optional(),
  clientInitiatedDisconnect: z.boolean().optional(),
})
type Event = z.infer<typeof Event>
const readEvent = (payload: Buffer): Event => Event.parse(JSON.parse(payload.toString()))

const start = async (t: TestContext, options: Partial<BrokerOptions> = {}) => {
  const broker = await createBroker({ host: '127.0.0.1', port: 0, ...options })
  t.after(() => broker.close())
  const heard: { topic: string; event: Event }[] = []
  let look = () => {}
  broker.onLifecycle(({ topic, payload }) => {
    heard.push({ topic, event: readEvent(payload) })
    look()
  })
  /** The first `count` events, once they are there. */
  const events = async (count: number) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    look = () => void (heard.length >= count && resolve())
    look()
    await promise
    return heard.map(({ event }) => event)
  }
  return { broker, heard, events }
}

const connect = async (t: TestContext, url: string, options: IClientOptions): Promise<MqttClient> => {
  const client = await connectAsync(url, { reconnectPeriod: 0, ...options }, false)
  client.on('error', () => {})
  t.after(() => client.endAsync(true))
  return client
}

type Ending = (client: MqttClient, t: TestContext, url: string) => unknown

const endings: Record<string, Ending> = {
  CLIENT_INITIATED_DISCONNECT: (client) => client.endAsync(),
  CONNECTION_LOST: (client) => client.stream.destroy(),
  AUTH_ERROR: (client) => void client.publish('forbidden', 'x', { qos: 1 }),
  CLIENT_ERROR: (client) => void client.publish('$reserved', 'x', { qos: 1 }),
  DUPLICATE_CLIENTID: (_, t, url) => connect(t, url, { clientId: 'SN1' }),
}

for (const protocolVersion of [4, 5] as const)
  for (const [reason, end] of Object.entries(endings))
    test(`MQTT ${protocolVersion}: an end for ${reason} is reported with the version of its connection`, async (t) => {
      const { broker, events, heard } = await start(t, { authorize: ({ topic }) => topic !== 'forbidden' })
      const client = await connect(t, broker.url, { clientId: 'SN1', protocolVersion })
      await end(client, t, broker.url)
      const [connected, disconnected] = await events(2)
      assert.deepEqual(
        heard.slice(0, 2).map(({ topic }) => topic),
        ['$aws/events/presence/connected/SN1', '$aws/events/presence/disconnected/SN1'],
      )
      assert.equal(connected?.eventType, 'connected')
      assert.equal(disconnected?.disconnectReason, reason)
      assert.equal(disconnected?.clientInitiatedDisconnect, reason === 'CLIENT_INITIATED_DISCONNECT')
      assert.equal(disconnected?.versionNumber, connected?.versionNumber)
      assert.equal(disconnected?.sessionIdentifier, connected?.sessionIdentifier)
    })

test('a silent client is reported once its keep alive is over', async (t) => {
  const limits = { keepAliveSeconds: { least: 1, most: 1 } }
  const { broker, events } = await start(t, { limits })
  await connect(t, broker.url, { clientId: 'SN1', keepalive: 0 })
  assert.equal((await events(2))[1]?.disconnectReason, 'MQTT_KEEP_ALIVE_TIMEOUT')
})

test('a broker that ends says goodbye for all of its clients before it is gone', async (t) => {
  const { broker, heard } = await start(t)
  await connect(t, broker.url, { clientId: 'SN1' })
  await connect(t, broker.url, { clientId: 'SN2' })
  await broker.close()
  const reasons = heard.slice(2).map(({ event }) => event.disconnectReason)
  assert.deepEqual(reasons, ['SERVER_INITIATED_DISCONNECT', 'SERVER_INITIATED_DISCONNECT'])
})

test('who comes by the edge, or was never let in, has no events', async (t) => {
  const { broker, events } = await start(t, {
    edge: { port: 0, rewrite: huaweiEdge },
    authorize: ({ clientId }) => clientId !== 'stranger',
  })
  await (await connect(t, broker.edgeUrl ?? '', { clientId: 'behind' })).endAsync()
  await assert.rejects(connect(t, broker.url, { clientId: 'stranger' }))
  await connect(t, broker.url, { clientId: 'SN1' })
  assert.deepEqual(
    (await events(1)).map(({ clientId }) => clientId),
    ['SN1'],
  )
})

test('versions grow with each connection and begin anew after an hour away', async (t) => {
  const clock = createClock()
  t.after(clock.close)
  const { broker, events } = await start(t, { clock, firstVersion: 7 })
  const comeAndGo = async (count: number) => {
    await (await connect(t, broker.url, { clientId: 'SN1' })).endAsync()
    return (await events(count)).at(-1)?.versionNumber
  }
  const versions = [await comeAndGo(2), await comeAndGo(4)]
  clock.advance(3_600_000)
  assert.deepEqual([...versions, await comeAndGo(6)], [7, 8, 0])
})

test('in whatever order they come and however often, versions say who is there', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(2), { maxLength: 12 }), fc.array(fc.nat(5000)), (copies, delays) => {
      const pending: { at: number; run: () => void }[] = []
      const events: Event[] = []
      const lifecycle = createLifecycle({
        now: () => 0,
        after: (at, run) => {
          pending.push({ at, run })
          return () => {}
        },
        deliver: async (_, payload) => void events.push(readEvent(payload)),
        warn: assert.fail,
        chaos: { copies: () => 1 + (copies.pop() ?? 0), delayMs: () => delays.pop() ?? 0 },
        firstVersion: 0,
      })
      const [first, second] = [{}, {}]
      lifecycle.connected(first, { clientId: 'SN1', ipAddress: '127.0.0.1' })
      lifecycle.disconnected(first, true)
      lifecycle.connected(second, { clientId: 'SN1', ipAddress: '127.0.0.1' })
      for (const { run } of pending.sort((a, b) => a.at - b.at)) run()
      const newest = Math.max(...events.map(({ versionNumber }) => versionNumber))
      const said = events.filter(({ versionNumber }) => versionNumber === newest)
      return said.length > 0 && said.every(({ eventType }) => eventType === 'connected')
    }),
  )
})

test('a topic rule can read them', () => {
  const rule = parseRule(
    "SELECT topic(4) AS kind, topic(5) AS id FROM '$aws/events/presence/+/+'",
    '2016-03-23',
  )
  assert.ok(rule.matches('$aws/events/presence/connected/SN1'))
  assert.ok(!rule.matches('$aws/events/subscriptions/subscribed/SN1'))
})
