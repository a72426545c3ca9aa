import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { createBroker } from '../../../local/iot/broker.ts'
import { huaweiEdge } from '../../../local/iot/edge.ts'
import { iotdaLogin } from '../../../local/iot/iotda-login.ts'

const secret = 'a1b2c3d4e5f6'
const hour = '2018072417'
const now = () => Date.UTC(2018, 6, 24, 17, 56, 20)

const start = async (t: TestContext) => {
  const said: string[] = []
  const arrivals = new EventEmitter()
  const warn = (line: string): void => {
    said.push(line)
    arrivals.emit('line')
  }
  /** Waits until so many lines were said. */
  const warned = async (count: number): Promise<void> => {
    while (said.length < count) await once(arrivals, 'line')
  }
  const login = iotdaLogin({ secret, now })
  const broker = await createBroker({
    host: '127.0.0.1',
    port: 0,
    edge: { port: 0, rewrite: huaweiEdge, login },
    clock: { now, after: () => () => {} },
    warn,
  })
  t.after(() => broker.close())
  return { ...broker, said, warned, edgeUrl: broker.edgeUrl ?? '' }
}

const connect = async (t: TestContext, url: string, options: IClientOptions = {}): Promise<MqttClient> => {
  const client = await connectAsync(url, { reconnectPeriod: 0, ...options }, false)
  client.on('error', () => {})
  t.after(() => client.endAsync(true))
  return client
}

const asDevice = (deviceId: string, of = secret): IClientOptions => ({
  clientId: `${deviceId}_0_1_${hour}`,
  username: deviceId,
  password: createHmac('sha256', hour).update(of).digest('hex'),
})

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

test('a device with IoTDA’s login reports and is asked on its own topics', async (t) => {
  const { url, edgeUrl, said } = await start(t)
  const device = await connect(t, edgeUrl, asDevice('product_pump'))
  const cloud = await connect(t, url)
  await cloud.subscribeAsync('oc/devices/+/sys/events/up', { qos: 1 })
  await device.subscribeAsync('$oc/devices/product_pump/sys/events/down', { qos: 1 })

  const [up, down] = [next(cloud), next(device)]
  await device.publishAsync('$oc/devices/product_pump/sys/events/up', 'report', { qos: 1 })
  await cloud.publishAsync('oc/devices/product_pump/sys/events/down', 'query', { qos: 1 })
  assert.deepEqual(await up, { topic: 'oc/devices/product_pump/sys/events/up', text: 'report' })
  assert.deepEqual(await down, { topic: '$oc/devices/product_pump/sys/events/down', text: 'query' })
  assert.deepEqual(said, [])
})

test('without that login no device connects to the edge, and the reason is logged', async (t) => {
  const { edgeUrl, said, warned } = await start(t)
  for (const options of [{ clientId: 'curious' }, asDevice('product_pump', 'guess')])
    await assert.rejects(connect(t, edgeUrl, options), /Not authorized/)
  await warned(2)
  assert.match(said[0] ?? '', /"curious" is refused: its client id/)
  assert.match(said[1] ?? '', /"product_pump_0_1_2018072417" is refused: its password/)
})

for (const [what, act] of Object.entries<(device: MqttClient) => Promise<unknown>>({
  'reports as another': (device) =>
    device.publishAsync('$oc/devices/product_other/sys/events/up', 'forged', { qos: 1 }),
  'reports as another under our name of the topic': (device) =>
    device.publishAsync('oc/devices/product_other/sys/events/up', 'forged', { qos: 1 }),
  'listens to another': (device) => device.subscribeAsync('$oc/devices/product_other/sys/events/down'),
  'listens to all': (device) => device.subscribeAsync('$oc/devices/+/sys/events/down'),
  'speaks for a dock': (device) => device.publishAsync('thing/product/SN1/events', 'forged', { qos: 1 }),
}))
  test(`a device that ${what} is cut off, and nothing of it arrives`, async (t) => {
    const { edgeUrl, said, warned, onPublish } = await start(t)
    const heard: string[] = []
    onPublish(({ topic }) => void heard.push(topic))
    await isCutOff(await connect(t, edgeUrl, asDevice('product_pump')), act)
    await warned(1)
    assert.match(
      said[0] ?? '',
      /^edge: client "product_pump_.*" is refused: the policy denies iot:(Publish|Subscribe) on "/,
    )
    assert.deepEqual(heard, [])
  })

test('a last will is held to the device’s own topics too', async (t) => {
  const { edgeUrl, said, warned, onPublish } = await start(t)
  const heard: string[] = []
  onPublish(({ topic }) => void heard.push(topic))
  const will = (topic: string) => ({ topic, payload: Buffer.from('gone'), qos: 1 as const, retain: false })
  const willOfOther = will('$oc/devices/product_other/sys/events/up')
  const forger = await connect(t, edgeUrl, { ...asDevice('product_pump'), will: willOfOther })
  forger.stream.destroy()
  await warned(1)
  const willOfOwn = will('$oc/devices/product_well/sys/events/up')
  const honest = await connect(t, edgeUrl, { ...asDevice('product_well'), will: willOfOwn })
  const arrived = new Promise<void>((resolve) => onPublish(() => resolve()))
  honest.stream.destroy()
  await arrived
  assert.deepEqual(heard, ['oc/devices/product_well/sys/events/up'])
  assert.equal(said.length, 1)
})

test('the main port asks for no login, and refuses $oc as AWS does', async (t) => {
  const { url } = await start(t)
  const client = await connect(t, url, asDevice('product_pump', 'guess'))
  await client.publishAsync('oc/devices/product_pump/sys/events/up', 'x', { qos: 1 })
  await isCutOff(client, (it) => it.publishAsync('$oc/devices/product_pump/sys/events/up', 'x', { qos: 1 }))
})
