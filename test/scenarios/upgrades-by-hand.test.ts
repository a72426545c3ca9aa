import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { nativeTopicsOf, topicsOf } from '../../protocols/huawei-ota/topics.ts'
import { mosquittoClients, mosquittoClientsMissing } from '../support/mosquitto-clients.ts'
import { type Local, onlyLocal, shareLocal } from '../support/story.ts'
import { deviceStory, inShort } from '../support/upgrades.ts'

const shared = shareLocal()

const examples = join(import.meta.dirname, '../../protocols/huawei-ota/examples')
const example = (name: string): string => readFileSync(join(examples, `up-${name}.json`), 'utf8')

type Topics = (deviceId: string) => { events: string; requests: string }

/** A person with an MQTT client and the vendor's own examples, who fills in the device's id. */
const personAsDevice = async (backend: Local, mqttUrl: string, topicsFor: Topics) => {
  const deviceId = `product_${randomUUID()}`
  const topics = topicsFor(deviceId)
  const { hear, say } = await mosquittoClients(mqttUrl, deviceId, topics.requests)
  const filledIn = (name: string): string => example(name).replace('{object_device_id}', deviceId)
  return {
    ...deviceStory(backend, deviceId),
    hear,
    /** The example of a progress report, as it stands or with another percentage. */
    report: (percent = 80, topic = topics.events) =>
      say(topic, filledIn('upgrade_progress_report').replace('"progress": 80', `"progress": ${percent}`)),
    answer: (version: string) => say(topics.events, filledIn('version_report').replaceAll('v1.0', version)),
  }
}
type Person = Awaited<ReturnType<typeof personAsDevice>>

/** From the vendor's example to a proven end: what is shown of the device, and its history. */
const wholeStory = async (backend: Local, person: Person) => {
  const { id } = await person.open('V2.0')
  await person.report()
  const first = await person.until(({ percent }) => percent === 80)
  await person.report(100)
  const matched = await person.until(({ evidence }) => evidence === 'matched')
  assert.match(await person.hear(), /"service_id":"\$ota","event_type":"version_query"/)
  await person.answer('V2.0')
  const last = await person.until(({ evidence }) => evidence === 'confirmed')
  // The state is known before the row of the history is there.
  await backend.idle()
  return { id, views: [first, matched, last], reports: await person.reports(id) }
}

const ourTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/** All fields of a story, with `time` for each of our times, and neutral ids. */
const fieldsOf = ({ deviceId }: Person, story: Awaited<ReturnType<typeof wholeStory>>): unknown =>
  JSON.parse(
    JSON.stringify(story, (_, field: unknown) =>
      typeof field === 'string' && ourTime.test(field) ? 'time' : field,
    )
      .replaceAll(deviceId, 'device')
      .replaceAll(story.id, 'attempt'),
  )

test('the vendor’s example, by hand', { skip: onlyLocal || mosquittoClientsMissing }, async (t) => {
  const backend = await shared(t)
  const main = await personAsDevice(backend, backend.mqttUrl, topicsOf)

  await t.test('gives the same record on $oc at the edge as on oc at the main port', async () => {
    const edge = await personAsDevice(backend, backend.edgeUrl, nativeTopicsOf)
    const [there, here] = await Promise.all([wholeStory(backend, edge), wholeStory(backend, main)])
    assert.deepEqual(fieldsOf(edge, there), fieldsOf(main, here))

    assert.deepEqual(here.views.map(inShort), ['upgrading', 'upgrading matched', 'succeeded confirmed'])
    const [first] = here.views
    assert.deepEqual(
      [first?.percent, first?.reportedVersion, first?.attempt?.description],
      [80, 'V2.0', 'upgrade processing'],
    )
    const said = { kind: 'upgradeReport', claimedTime: '20151212T121212Z', resultCode: 0, version: 'V2.0' }
    assert.deepEqual(
      here.reports.slice(1).map(({ receivedAt: _, ...report }) => report),
      [
        { ...said, meaning: 'matched', percent: 100, description: 'upgrade processing', repeats: 0 },
        { ...said, meaning: 'upgrading', percent: 80, description: 'upgrade processing', repeats: 0 },
      ],
    )
  })

  await t.test('on $oc at the main port is refused, as by AWS, and not recorded', async () => {
    const person = await personAsDevice(backend, backend.mqttUrl, topicsOf)
    const { id } = await person.open('V2.0')
    await assert.rejects(person.report(70, nativeTopicsOf(person.deviceId).events))
    await person.report(71)
    await person.until(({ percent }) => percent === 71)
    await backend.idle()
    assert.deepEqual(
      (await person.reports(id)).map(({ percent }) => percent),
      [71],
    )
  })
})
