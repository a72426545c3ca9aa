import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectSocket } from 'node:net'
import { type TestContext, test } from 'node:test'
import mqtt, { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { createClock } from '../../../local/clock.ts'
import { type Broker, createBroker, type PublishedMessage } from '../../../local/iot/broker.ts'
import type { BrokerOptions } from '../../../local/iot/broker-options.ts'
import { huaweiEdge } from '../../../local/iot/edge.ts'

const start = async (t: TestContext, options: Partial<BrokerOptions> = {}): Promise<Broker> => {
  const broker = await createBroker({ host: '127.0.0.1', port: 0, ...options })
  t.after(() => broker.close())
  return broker
}

const connect = async (t: TestContext, url: string, options: IClientOptions = {}): Promise<MqttClient> => {
  const client = await connectAsync(url, { reconnectPeriod: 0, ...options }, false)
  client.on('error', () => {})
  t.after(() => client.endAsync(true))
  return client
}

/** A client that is still connecting, so that nothing a session kept for it is missed. */
const resume = (t: TestContext, url: string, options: IClientOptions): MqttClient => {
  const client = mqtt.connect(url, { reconnectPeriod: 0, ...options })
  t.after(() => client.endAsync(true))
  return client
}

/** The next message a client receives. */
const next = (client: MqttClient): Promise<{ topic: string; text: string }> => {
  const { promise, resolve } = Promise.withResolvers<{ topic: string; text: string }>()
  client.once('message', (topic, payload) => resolve({ topic, text: payload.toString() }))
  return promise
}

const isCutOff = async (client: MqttClient, act: (client: MqttClient) => Promise<unknown>): Promise<void> => {
  const closed = new Promise<void>((resolve) => client.once('close', () => resolve()))
  await assert.rejects(Promise.race([act(client), closed.then(() => Promise.reject(new Error('closed')))]))
  await closed
}

test('a message reaches subscribers and listeners', async (t) => {
  const broker = await start(t)
  const heard: PublishedMessage[] = []
  broker.onPublish((message) => void heard.push(message))
  const [dock, cloud] = [await connect(t, broker.url, { clientId: 'dock' }), await connect(t, broker.url)]
  await cloud.subscribeAsync('thing/product/+/events', { qos: 1 })
  const received = next(cloud)
  await dock.publishAsync('thing/product/SN1/events', 'hello', { qos: 1 })
  assert.deepEqual(await received, { topic: 'thing/product/SN1/events', text: 'hello' })
  assert.equal(heard[0]?.clientId, 'dock')
  assert.match(heard[0]?.traceId ?? '', /^[0-9a-f-]{36}$/)
})

test('what the data plane publishes reaches subscribers and listeners, without a client', async (t) => {
  const broker = await start(t)
  const heard: PublishedMessage[] = []
  broker.onPublish((message) => void heard.push(message))
  const dock = await connect(t, broker.url)
  await dock.subscribeAsync('thing/product/SN1/services', { qos: 1 })
  const received = next(dock)
  await broker.publish('thing/product/SN1/services', 'do', { qos: 1 })
  assert.equal((await received).text, 'do')
  assert.equal(heard[0]?.clientId, undefined)
  await assert.rejects(broker.publish('$aws/x', ''), /reserved/)
})

test('the acknowledgement waits for the listeners', async (t) => {
  const broker = await start(t)
  const steps: string[] = []
  const release = Promise.withResolvers<void>()
  const started = Promise.withResolvers<void>()
  broker.onPublish(async () => {
    started.resolve()
    await release.promise
    steps.push('listener done')
  })
  const dock = await connect(t, broker.url)
  const acknowledged = dock.publishAsync('a/b', 'x', { qos: 1 }).then(() => steps.push('acknowledged'))
  await started.promise
  // The round trips of another client leave time for an acknowledgement that does not wait.
  await (await connect(t, broker.url)).subscribeAsync('other', { qos: 1 })
  steps.push('released')
  release.resolve()
  await acknowledged
  assert.deepEqual(steps, ['released', 'listener done', 'acknowledged'])
})

test('a listener that fails leaves the message without an acknowledgement', async (t) => {
  const broker = await start(t)
  broker.onPublish(() => Promise.reject(new Error('the disk is full')))
  const dock = await connect(t, broker.url)
  await isCutOff(dock, (client) => client.publishAsync('a/b', 'x', { qos: 1 }))
})

test('no more messages are worked on at once than allowed', async (t) => {
  const broker = await start(t, { maxConcurrentMessages: 3 })
  let [running, most] = [0, 0]
  broker.onPublish(async () => {
    running += 1
    most = Math.max(most, running)
    await new Promise(setImmediate)
    running -= 1
  })
  await Promise.all(Array.from({ length: 20 }, (_, index) => broker.publish('a/b', `${index}`)))
  assert.equal(most, 3)
})

const refused: Record<string, (client: MqttClient) => Promise<unknown>> = {
  'a publish on a reserved topic': (client) => client.publishAsync('$oc/devices/d/up', 'x', { qos: 1 }),
  'a subscription on a reserved topic': (client) => client.subscribeAsync('$SYS/#'),
  'a payload over 128 KB': (client) => client.publishAsync('a', Buffer.alloc(128 * 1024 + 1), { qos: 1 }),
  'more than seven slashes': (client) => client.publishAsync('1/2/3/4/5/6/7/8/9', 'x', { qos: 1 }),
  'a topic over 256 bytes': (client) => client.publishAsync('a'.repeat(257), 'x', { qos: 1 }),
  'a publish at QoS 2': (client) => client.publishAsync('a', 'x', { qos: 2 }),
  'a subscription at QoS 2': (client) => client.subscribeAsync('a', { qos: 2 }),
}

for (const [what, act] of Object.entries(refused))
  test(`${what} ends the connection`, async (t) => {
    const broker = await start(t)
    await isCutOff(await connect(t, broker.url), act)
  })

test('the largest payload, the longest and the deepest topic are taken', async (t) => {
  const broker = await start(t)
  const client = await connect(t, broker.url)
  await client.publishAsync('a'.repeat(256), Buffer.alloc(128 * 1024), { qos: 1 })
  await client.publishAsync('1/2/3/4/5/6/7/8', 'x', { qos: 1 })
})

test('the policy decides what a client may do', async (t) => {
  const broker = await start(t, {
    authorize: ({ clientId, username, action, topic }) =>
      username === 'known' && (action === 'iot:Connect' || topic === `own/${clientId}`),
  })
  await assert.rejects(connect(t, broker.url, { username: 'stranger' }), /Not authorized/)
  const known = { clientId: 'd1', username: 'known' }
  const client = await connect(t, broker.url, known)
  await client.subscribeAsync('own/d1')
  await client.publishAsync('own/d1', 'x', { qos: 1 })
  await isCutOff(client, (it) => it.publishAsync('own/d2', 'x', { qos: 1 }))
  await isCutOff(await connect(t, broker.url, known), (it) => it.subscribeAsync('own/+'))
})

test('a reserved or overlong client id cannot connect', async (t) => {
  const broker = await start(t)
  for (const clientId of ['$iot', 'x'.repeat(129)]) await assert.rejects(connect(t, broker.url, { clientId }))
})

test('a persistent session gets what it missed, unless it expired', async (t) => {
  const clock = createClock()
  t.after(clock.close)
  const broker = await start(t, { clock })
  const session = { clientId: 'dock', clean: false }
  const dock = await connect(t, broker.url, session)
  await dock.subscribeAsync('services', { qos: 1 })
  await dock.endAsync()

  await broker.publish('services', 'expires', { qos: 1, expirySeconds: 15 })
  await broker.publish('services', 'kept', { qos: 1, expirySeconds: 60 })
  await broker.publish('services', 'kept too', { qos: 1 })
  clock.advance(16_000)
  const received: string[] = []
  const both = Promise.withResolvers<void>()
  const again = resume(t, broker.url, session)
  again.on('message', (_, payload) => {
    received.push(payload.toString())
    if (received.length === 2) both.resolve()
  })
  await both.promise
  assert.deepEqual(received, ['kept', 'kept too'])
})

test('a session is thrown away an hour after its client is gone', async (t) => {
  const clock = createClock()
  t.after(clock.close)
  const broker = await start(t, { clock })
  const session = { clientId: 'dock', clean: false }
  const presence = async () => {
    const client = resume(t, broker.url, session)
    const present = await new Promise((resolve) =>
      client.once('connect', ({ sessionPresent }) => resolve(sessionPresent)),
    )
    await client.subscribeAsync('services', { qos: 1 })
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()))
    client.end()
    await closed
    return present
  }
  assert.equal(await presence(), false)
  clock.advance(3_590_000)
  assert.equal(await presence(), true)
  clock.advance(3_601_000)
  assert.equal(await presence(), false)
})

test('a missed message is dropped when it was kept for long enough', async (t) => {
  const clock = createClock()
  t.after(clock.close)
  const broker = await start(t, { clock, limits: { redeliverySeconds: 600 } })
  const session = { clientId: 'dock', clean: false }
  const dock = await connect(t, broker.url, session)
  await dock.subscribeAsync('services', { qos: 1 })
  await dock.endAsync()
  const cloud = await connect(t, broker.url)
  await cloud.publishAsync('services', 'too late', { qos: 1 })
  clock.advance(600_000)
  await cloud.publishAsync('services', 'in time', { qos: 1 })
  const again = resume(t, broker.url, session)
  assert.equal((await next(again)).text, 'in time')
})

test('the edge port renames the topics of Huawei devices both ways', async (t) => {
  const broker = await start(t, { edge: { port: 0, rewrite: huaweiEdge } })
  const device = await connect(t, broker.edgeUrl ?? '', { clientId: 'd1' })
  const cloud = await connect(t, broker.url)
  await cloud.subscribeAsync('oc/devices/+/sys/events/up', { qos: 1 })
  await device.subscribeAsync('$oc/devices/d1/sys/events/down', { qos: 1 })

  const [up, down] = [next(cloud), next(device)]
  await device.publishAsync('$oc/devices/d1/sys/events/up', 'report', { qos: 1 })
  await cloud.publishAsync('oc/devices/d1/sys/events/down', 'query', { qos: 1 })
  assert.deepEqual(await up, { topic: 'oc/devices/d1/sys/events/up', text: 'report' })
  assert.deepEqual(await down, { topic: '$oc/devices/d1/sys/events/down', text: 'query' })
  await isCutOff(device, (client) => client.publishAsync('$aws/things', 'x', { qos: 1 }))
})

test('an edge session gets what it missed under the edge name', async (t) => {
  const broker = await start(t, { edge: { port: 0, rewrite: huaweiEdge } })
  const session = { clientId: 'd1', clean: false }
  const device = await connect(t, broker.edgeUrl ?? '', session)
  await device.subscribeAsync('$oc/devices/d1/sys/events/down', { qos: 1 })
  await device.endAsync()
  await broker.publish('oc/devices/d1/sys/events/down', 'query', { qos: 1 })
  const again = resume(t, broker.edgeUrl ?? '', session)
  assert.equal((await next(again)).topic, '$oc/devices/d1/sys/events/down')
})

test('a broker whose edge port is taken leaves its other port free', async (t) => {
  const first = await start(t)
  const taken = Number(new URL(first.url).port)
  const second = await start(t)
  const free = Number(new URL(second.url).port)
  await second.close()
  const options = { host: '127.0.0.1', port: free, edge: { port: taken, rewrite: huaweiEdge } }
  await assert.rejects(createBroker(options), { code: 'EADDRINUSE' })
  const third = await createBroker({ host: '127.0.0.1', port: free })
  await third.close()
})

test('a broker ends while clients come back at once, or have come and say nothing', async (t) => {
  const broker = await start(t)
  const { hostname, port } = new URL(broker.url)
  const silent = connectSocket(Number(port), hostname)
  silent.on('error', () => {})
  await once(silent, 'connect')
  const client = await connectAsync(broker.url, { clientId: 'persevering', reconnectPeriod: 0 }, false)
  client.on('error', () => {})
  // Not a moment later, as a client whose connection was lost does it.
  const comeBack = () => client.reconnect()
  client.on('close', comeBack)
  await broker.close()
  client.off('close', comeBack)
  await client.endAsync(true)
})
