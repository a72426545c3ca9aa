import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { connectAsync, type IClientOptions } from 'mqtt'
import { createClock } from '../../../../local/clock.ts'
import { mosquittoClientsMissing } from '../../../support/mosquitto-clients.ts'
import { start } from './raw-client.ts'

const run = promisify(execFile)

/** The commands of Mosquitto at a broker, with MQTT 5. */
const mosquitto =
  (url: string) =>
  async (command: 'sub' | 'pub', topic: string, ...options: string[]): Promise<string> => {
    const all = ['-V', '5', '-L', `${url}/${topic}`, ...options]
    const { stdout, stderr } = await run(`mosquitto_${command}`, all)
    return stdout + stderr
  }

test('Mosquitto’s clients speak MQTT 5 here', { skip: mosquittoClientsMissing }, async (t) => {
  const clock = createClock()
  t.after(clock.close)
  const broker = await start(t, { clock })
  const use = mosquitto(broker.url)
  const session = ['-i', 'dock', '-c', '-x', '3600', '-q', '1']
  await use('sub', 'a/+', ...session, '-E')
  await broker.publish('a/b', 'late', { qos: 1, expirySeconds: 5 })
  await use('pub', 'a/b', '-q', '1', '-m', 'in time', '-D', 'publish', 'message-expiry-interval', '99')
  await use('pub', 'a/b', '-q', '1', '-m', 'told', '-D', 'publish', 'user-property', 'line', 'north')
  clock.advance(5_000)
  assert.equal(await use('sub', 'a/+', ...session, '-C', '2', '-F', '%p %P'), 'in time \ntold line:north\n')

  assert.match(await use('pub', 'a/b', '-q', '2', '-m', 'x'), /QoS not supported/)
  await assert.rejects(use('sub', 'a/b', '-i', 'x'.repeat(129), '-W', '9'), /client identifier/i)
})

const connected = async (t: TestContext, url: string, options: IClientOptions = {}) => {
  const client = await connectAsync(url, { protocolVersion: 5, reconnectPeriod: 0, ...options }, false)
  t.after(() => client.endAsync(true))
  return client
}

test('MQTT.js speaks MQTT 5 here, with aliases for topics, and learns what is refused', async (t) => {
  const broker = await start(t, { authorize: ({ topic }) => topic !== 'denied' })
  const cloud = await connected(t, broker.url, { properties: { topicAliasMaximum: 8 } })
  const dock = await connected(t, broker.url, { autoAssignTopicAlias: true })
  await cloud.subscribeAsync('thing/#', { qos: 1, properties: { userProperties: { who: 'cloud' } } })
  const contentType = 'text/plain'
  for (const text of ['one', 'two', 'three']) {
    const heard = new Promise((resolve) => cloud.once('message', (...message) => resolve(message[2])))
    await dock.publishAsync('thing/a', text, { qos: 1, properties: { contentType } })
    const payload = Buffer.from(text)
    assert.partialDeepStrictEqual(await heard, { topic: 'thing/a', payload, properties: { contentType } })
  }
  await assert.rejects(cloud.subscribeAsync('denied'), /Not authorized/)
  const told = new Promise((resolve) => dock.once('disconnect', resolve))
  await assert.rejects(dock.publishAsync('denied', 'x', { qos: 1 }), /Not authorized/)
  assert.partialDeepStrictEqual(await told, { reasonCode: 0x87 })
})
