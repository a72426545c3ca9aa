import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import mqtt from 'mqtt'
import { Dock } from '../../lambdas/docks/shapes.ts'
import { createClock } from '../../local/clock.ts'
import { presenceTopicOf } from '../../protocols/edge-presence/topics.ts'
import { problemOf } from '../support/problem.ts'
import { type Backend, newDockSn, onlyLocal, orDeployed, shareLocal } from '../support/story.ts'

const clock = createClock()
const shared = shareLocal({ clock })

const presenceOf = async (must: Backend['must'], dockSn: string) =>
  Dock.parse(await must('GET', `/v1/docks/${dockSn}`)).presence

/** A dock's own connection: its client id is its serial number. */
const connect = async (t: TestContext, url: string, clientId: string) => {
  const client = await mqtt.connectAsync(url, { clientId, reconnectPeriod: 0 })
  client.on('error', () => {})
  t.after(() => client.endAsync(true))
  return client
}

test('a dock that connects itself is online, and absent a minute after its plug was pulled', {
  skip: onlyLocal,
}, async (t) => {
  const backend = await shared(t)
  const dockSn = newDockSn()
  await backend.must('PUT', `/v1/docks/${dockSn}`, {})
  const presence = () => presenceOf(backend.must, dockSn)
  assert.deepEqual(await presence(), { state: 'unknown' })

  const client = await connect(t, backend.mqttUrl, dockSn)
  await client.publishAsync(
    `thing/product/${dockSn}/state`,
    JSON.stringify({ gateway: dockSn, data: { firmware_version: '10.01.16.03' } }),
    { qos: 1 },
  )
  const online = await backend.until(presence, (now) => now?.state === 'online' && now.firmware !== undefined)
  assert.deepEqual([online?.source, online?.firmware], ['connection', { [dockSn]: '10.01.16.03' }])

  client.stream.destroy()
  await backend.until(
    async () => {
      clock.advance(10_000)
      return presence()
    },
    (now) => now?.state === 'offline',
  )
  const ask = (query: string) => backend.api('POST', `/v1/docks/${dockSn}/log-listings${query}`, {})
  assert.equal(problemOf(await ask('')), '409 dock-absent')
  assert.equal((await ask('?force=true')).status, 202)

  await connect(t, backend.mqttUrl, dockSn)
  await backend.until(presence, (now) => now?.state === 'online')
})

test('a dock behind a relay is what the relay says of it', async (t) => {
  const backend = await orDeployed(shared)(t)
  const dockSn = newDockSn()
  await backend.must('PUT', `/v1/docks/${dockSn}`, {})
  const presence = () => presenceOf(backend.must, dockSn)
  const relay = await connect(t, backend.mqttUrl, `relay-${dockSn}`)
  const tell = (message: object) =>
    relay.publishAsync(presenceTopicOf(dockSn), JSON.stringify(message), { qos: 1, retain: true })

  const since = '2026-11-29T06:00:00.000Z'
  await tell({ online: true, since, aircraft: ['AIR1'], firmware: { AIR1: '14.03.00.03' }, mode: 'idle' })
  assert.deepEqual(await backend.until(presence, (now) => now?.state === 'online'), {
    state: 'online',
    since,
    source: 'relay',
    aircraft: [{ sn: 'AIR1', on: true }],
    firmware: { AIR1: '14.03.00.03' },
    mode: 'idle',
  })
  await tell({ online: false, aircraft: [], firmware: {} })
  await backend.until(presence, (now) => now?.state === 'offline')
})
