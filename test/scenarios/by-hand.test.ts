import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import * as z from 'zod'
import { topicsOf } from '../../protocols/dji-remote-log/topics.ts'
import { mosquittoClients, mosquittoClientsMissing } from '../support/mosquitto-clients.ts'
import { operatorOf, type Selection } from '../support/operator.ts'
import { type Backend, newAircraftSn, newDockSn, shareBackend } from '../support/story.ts'

const shared = shareBackend()

const examples = join(import.meta.dirname, '../../protocols/dji-remote-log/examples')
const example = (name: string): unknown =>
  JSON.parse(readFileSync(join(examples, `up-fileupload_${name}.json`), 'utf8'))

const Head = z.object({ tid: z.string(), bid: z.string() })
const Started = Head.extend({
  data: z.object({
    params: z.object({ files: z.array(z.object({ module: z.string(), object_key: z.string() })) }),
  }),
})
const Progress = z.looseObject({
  data: z.object({
    output: z.object({
      status: z.string(),
      ext: z.object({
        files: z.array(z.looseObject({ module: z.string(), key: z.string(), progress: z.looseObject({}) })),
      }),
    }),
  }),
})

type Fate = { status: string; result?: number; step?: number; percent?: number }

/**
 * A person with an MQTT client and the vendor's own examples, who fills in what a dock would: ids, keys,
 * serial numbers.
 */
const personAsDock = async (backend: Backend, dockSn: string, aircraftSn: string) => {
  const topics = topicsOf(dockSn)
  const { hear, say } = await mosquittoClients(backend.mqttUrl, `person-${dockSn}`, topics.services)
  const filledIn = (message: unknown): string =>
    JSON.stringify(message).replaceAll('"drone_sn"', `"${aircraftSn}"`).replaceAll('"dock_sn"', `"${dockSn}"`)
  const answer = async (name: string) => {
    const command: unknown = JSON.parse(await hear())
    const { tid, bid } = Head.parse(command)
    await say(topics.servicesReply, filledIn({ ...z.looseObject({}).parse(example(name)), tid, bid }))
    return command
  }
  return {
    answer,
    /**
     * The example of a progress event, about the job of that command; by default as it stands: both archives
     * are there.
     */
    report: async (command: unknown, fates: Record<string, Fate> = {}) => {
      const { bid, data } = Started.parse(command)
      const event = Progress.parse(example('progress'))
      for (const file of event.data.output.ext.files) {
        file.key = data.params.files.find(({ module }) => module === file.module)?.object_key ?? file.key
        const { status, result = 0, step = 19, percent = 100 } = fates[file.module] ?? { status: 'ok' }
        Object.assign(file.progress, { status, result, current_step: step, progress: percent })
      }
      const statuses = event.data.output.ext.files.map(({ progress }) => progress.status)
      event.data.output.status = statuses.every((status) => status === 'ok') ? 'ok' : 'file_uploading'
      await say(topics.events, filledIn({ ...event, bid }))
    },
  }
}

const listedLogs: Selection[] = [
  { module: 'aircraft', bootIndexes: [1111] },
  { module: 'dock', bootIndexes: [11111, 22222] },
]

const meet = async (t: TestContext, backend: Backend) => {
  const aircraftSn = newAircraftSn()
  const operator = operatorOf(backend, newDockSn())
  await operator.register({ name: t.name.slice(0, 100), aircraftSn })
  return { operator, person: await personAsDock(backend, operator.dockSn, aircraftSn) }
}

test('a person is the dock', { skip: mosquittoClientsMissing }, async (t) => {
  const backend = await shared(t)
  const { operator, person } = await meet(t, backend)

  await t.test('and tells which logs there are', async () => {
    const [{ state, modules }] = await Promise.all([operator.list(), person.answer('list')])
    assert.equal(state, 'received')
    assert.deepEqual(
      modules.map(({ module, logs }) => [module, logs.map(({ bootIndex, endTime }) => [bootIndex, endTime])]),
      [
        [
          'aircraft',
          [
            [1111, '2022-08-02T08:03:18.806Z'],
            [22222, '2022-08-02T08:03:18.806Z'],
          ],
        ],
        [
          'dock',
          [
            [11111, '2022-08-02T08:03:18.806Z'],
            [22222, '2022-08-02T08:03:18.806Z'],
          ],
        ],
      ],
    )
  })

  await t.test('and takes an upload, reports how it goes, and that it is done', async () => {
    const { id } = await operator.start(listedLogs)
    const command = await person.answer('start')
    await operator.uploadUntil(id, 'accepted')
    await person.report(command, {
      '0': { status: 'file_uploading', percent: 40 },
      '3': { status: 'file_zip', step: 15, percent: 50 },
    })
    const { archives } = await operator.uploadUntil(id, 'uploading')
    assert.deepEqual(
      archives.map(({ step, percent }) => [step, percent]),
      [
        ['uploading', 40],
        ['packing', 48],
      ],
    )
    await person.report(command)
    const uploaded = await operator.uploadUntil(id, 'uploaded')
    assert.deepEqual(
      uploaded.archives.map(({ sizeBytes, percent }) => [sizeBytes, percent]),
      [
        [155232, 100],
        [155232, 100],
      ],
    )
    await person.report(command, { '3': { status: 'file_pull', step: 1, percent: 1 } })
    assert.equal((await operator.uploadUntil(id, 'uploaded')).state, 'uploaded')
  })

  await t.test('and whose aircraft is off delivers its own logs', async () => {
    const { id } = await operator.start(listedLogs)
    const command = await person.answer('start')
    await person.report(command, { '0': { status: 'failed', result: 324015 } })
    const { failure, archives } = await operator.uploadUntil(id, 'partial')
    assert.equal(failure?.code, 324015)
    assert.deepEqual(
      archives.map(({ state }) => state),
      ['failed', 'uploaded'],
    )
  })

  await t.test('and is told to stop', async () => {
    const { id } = await operator.start(listedLogs)
    const command = await person.answer('start')
    await operator.uploadUntil(id, 'accepted')
    await operator.cancel(id)
    await person.answer('update')
    assert.equal((await operator.upload(id)).state, 'accepted')
    await person.report(command, { '0': { status: 'canceled' }, '3': { status: 'canceled' } })
    await operator.uploadUntil(id, 'canceled')
  })
})
