import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import * as z from 'zod'
import { createClock } from '../../local/clock.ts'
import { nativeTopicsOf, topicsOf } from '../../protocols/huawei-ota/topics.ts'
import { mosquittoClients, mosquittoClientsMissing } from '../support/mosquitto-clients.ts'
import { announced } from '../support/packages.ts'
import { type Local, onlyLocal, openLocal } from '../support/story.ts'
import { deviceStory, fault, inShort, progress, type Service, versions } from '../support/upgrades.ts'

const Event = z.object({
  object_device_id: z.string(),
  services: z.tuple([z.object({ event_type: z.string(), paras: z.unknown() })]),
})

const Offer = z.strictObject({
  version: z.string(),
  url: z.url(),
  file_size: z.number(),
  file_name: z.string(),
  expires: z.number(),
  sign: z.string(),
})

type Topics = (deviceId: string) => { events: string; requests: string }

/** A person with an MQTT client, who does what a device does, and fetches what it is offered. */
const personAsDevice = async (backend: Local, mqttUrl = backend.mqttUrl, topicsFor: Topics = topicsOf) => {
  const deviceId = `product_${randomUUID()}`
  const topics = topicsFor(deviceId)
  const { hear, say } = await mosquittoClients(mqttUrl, deviceId, topics.requests)
  const hearOf = async (kind: string): Promise<unknown> => {
    for (;;) {
      const { object_device_id, services } = Event.parse(JSON.parse(await hear()))
      assert.equal(object_device_id, deviceId)
      if (services[0].event_type === kind) return services[0].paras
    }
  }
  const story = deviceStory(backend, deviceId)
  return {
    ...story,
    say: (service: Service) => say(topics.events, JSON.stringify({ services: [service] })),
    hearQuestion: () => hearOf('version_query'),
    hearOffer: async () => Offer.parse(await hearOf('firmware_upgrade_v2')),
    openWith: (packageId: string, more: object = {}) =>
      backend.must('POST', `/v1/devices/${deviceId}/upgrade-attempts`, { packageId, ...more }),
  }
}

const bytes = Buffer.from('firmware of a pump, the second')

/** Puts a package where devices can have it, as any client with two links would. */
const upload = async (backend: Local, settings: object = {}): Promise<string> => {
  const id = `pump-${randomUUID()}`
  const path = `/v1/packages/${id}`
  await backend.must('PUT', path, { name: 'Pump', version: 'V2.0', package: 'firmware', ...settings })
  const link = z
    .object({ url: z.string(), headers: z.record(z.string(), z.string()) })
    .parse(await backend.must('POST', `${path}/upload`, { fileName: 'pump.bin', ...announced(bytes) }))
  const put = await fetch(link.url, { method: 'PUT', headers: link.headers, body: bytes })
  assert.equal(put.status, 200, await put.text())
  await backend.must('POST', `${path}/upload/complete`, {})
  const File = z.object({ file: z.object({ state: z.string() }) })
  await backend.tick()
  await backend.until(
    async () => File.parse(await backend.must('GET', path)).file.state,
    (state) => state === 'proved',
  )
  return id
}

const fetched = async (url: string) => {
  const answer = await fetch(url, { headers: { 'content-type': 'application/json' } })
  return { status: answer.status, body: Buffer.from(await answer.arrayBuffer()) }
}

test('a device is driven by hand', { skip: onlyLocal || mosquittoClientsMissing }, async (t) => {
  const clock = createClock()
  const backend = await openLocal(t, { clock })
  const packageId = await upload(backend, { from: ['V1.0', 'V1.1'] })

  await t.test('from one version to the next, on oc and on $oc at the edge', async () => {
    const people = [
      await personAsDevice(backend),
      await personAsDevice(backend, backend.edgeUrl, nativeTopicsOf),
    ]
    for (const person of people) {
      await person.openWith(packageId)
      await person.hearQuestion()
      await person.say(versions('V1.0'))
      const { url, ...offer } = await person.hearOffer()
      const { size, sha256 } = announced(bytes)
      assert.deepEqual(offer, {
        version: 'V2.0',
        file_size: size,
        file_name: 'pump.bin',
        expires: 3600,
        sign: sha256,
      })
      assert.deepEqual(await fetched(url), { status: 200, body: bytes })
      await person.say(progress(50, 'V1.0'))
      await person.say(progress(100, 'V2.0'))
      await person.hearQuestion()
      assert.equal(inShort(await person.until(({ evidence }) => evidence !== undefined)), 'upgrading matched')
      await person.say(versions('V2.0'))
      const { attempt, state } = await person.until(({ evidence }) => evidence === 'confirmed')
      assert.deepEqual([state, attempt?.deliveries, attempt?.fromVersion], ['succeeded', 1, undefined])
    }
  })

  await t.test('with a new link, when the first was over before the download began', async () => {
    const person = await personAsDevice(backend)
    await person.openWith(packageId)
    await person.hearQuestion()
    await person.say(versions('V1.1'))
    const first = await person.hearOffer()
    assert.equal((await fetched(first.url)).status, 200)
    clock.advance(3_601_000)
    assert.equal((await fetched(first.url)).status, 403)
    await person.say(fault(6, 'V1.1'))
    const second = await person.hearOffer()
    assert.notEqual(second.url, first.url)
    assert.deepEqual(await fetched(second.url), { status: 200, body: bytes })
    await person.say(versions('V2.0'))
    const { attempt } = await person.until(({ evidence }) => evidence === 'confirmed')
    assert.equal(attempt?.deliveries, 2)
  })

  await t.test('where a forwarder brings its words, and the package is for its model', async () => {
    const person = await personAsDevice(backend)
    await person.register({ model: 'P-1' })
    await person.openWith(await upload(backend, { models: ['P-1'] }))
    await person.hearQuestion()
    const body = { services: [versions('V1.0')] }
    await backend.must('POST', '/v1/device-events', [{ deviceId: person.deviceId, body }])
    const { url } = await person.hearOffer()
    assert.deepEqual(await fetched(url), { status: 200, body: bytes })
  })

  await t.test('not from a version that the package is not for', async () => {
    const person = await personAsDevice(backend)
    await person.openWith(packageId)
    await person.hearQuestion()
    await person.say(versions('V0.9'))
    const { attempt } = await person.until(({ state }) => state === 'failed')
    assert.deepEqual([attempt?.failure?.code, attempt?.deliveries], ['sourceNotAllowed', undefined])
  })

  await t.test('not where it runs the target', async () => {
    const person = await personAsDevice(backend)
    await person.openWith(packageId)
    await person.hearQuestion()
    await person.say(versions('V2.0'))
    const { attempt, state } = await person.until(({ evidence }) => evidence === 'confirmed')
    assert.deepEqual([state, attempt?.alreadyRunning, attempt?.deliveries], ['succeeded', true, undefined])
  })

  await t.test('and is told apart when it was never heard', async () => {
    const person = await personAsDevice(backend)
    await person.openWith(packageId, { timeoutSeconds: 600 })
    for (const ms of [600_000, 60_000]) {
      clock.advance(ms)
      await backend.tick()
    }
    const { failure, attempt } = await person.until(({ state }) => state === 'timedOut')
    assert.deepEqual([failure?.code, attempt?.deliveries], ['neverHeard', undefined])
  })

  await t.test('and keeps its package from being deleted', async () => {
    const person = await personAsDevice(backend)
    const used = await upload(backend)
    await person.openWith(used)
    const { status, body } = await backend.api('DELETE', `/v1/packages/${used}`)
    assert.equal(status, 409, JSON.stringify(body))
  })
})
