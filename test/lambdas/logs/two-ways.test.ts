import '../../support/quiet-logs.ts'

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it, suite, test } from 'node:test'
import fc from 'fast-check'
import { splitBatch } from '../../../lambdas/queue/batch.ts'
import { topicRules } from '../../../lambdas/triggers.ts'
import { parseTemplate } from '../../../local/iot/substitution.ts'
import { finalStatuses } from '../../../protocols/dji-alarms/topics.ts'
import { readProgress } from '../../../protocols/dji-remote-log/up.ts'
import { wireBackend } from '../../support/backend.ts'
import { batchOf, progressPayload, queued } from '../../support/dock-messages.ts'
import { rounds } from '../../support/rounds.ts'
import { openTable } from '../../support/table.ts'
import { opened, seconds } from '../../support/upload-facts.ts'

const { ends } = topicRules.dockProgress
const template = parseTemplate(`\${CASE ${ends.where} WHEN true THEN 'ends' ELSE 'rest' END}`, '2016-03-23')

/** Which way the rule sends an event; bytes and texts as they are, anything else as JSON. */
const wayOf = (payload: unknown): string =>
  template.fill({
    topic: 'thing/product/SN1/events',
    payload:
      payload instanceof Uint8Array || typeof payload === 'string'
        ? Buffer.from(payload)
        : Buffer.from(JSON.stringify(payload)),
    now: () => 0,
    newId: () => 'id',
  })

const example = (name: string): string =>
  readFileSync(new URL(`../../../protocols/${name}.json`, import.meta.url), 'utf8')
const event = (output: object, more: object = {}) => ({ method: 'any', data: { output, ...more } })

const onTheWay = ['sent', 'file_pull', 'file_zip', 'file_uploading', 'in_progress', 'paused', 'okay', 'OK']
const ended = ['ok', 'canceled', 'failed', 'rejected', 'timeout', 'partially_done']

suite('The queue without a window gets those reports of docks that', () => {
  test('contain an end, of the job or of one file', () => {
    for (const status of ended) {
      assert.equal(wayOf(event({ status })), 'ends', status)
      assert.equal(wayOf({ data: { status } }), 'ends', status)
      const files = ['file_uploading', status].map((one) => ({ progress: { status: one } }))
      assert.equal(wayOf(event({ ext: { files } })), 'ends', status)
      assert.equal(wayOf(`{ "data" : { "status" :\n " ${status} " } }`), 'ends', status)
    }
    for (const status of onTheWay)
      assert.equal(wayOf(event({ status, ext: { files: [{ progress: { status } }] } })), 'rest', status)
  })

  test('have a result code of a failure', () => {
    for (const result of [324012, -1, '324012', 0.5e6])
      assert.equal(wayOf(event({ status: 'in_progress' }, { result })), 'ends', String(result))
    assert.equal(wayOf(event({ progress: { step_result: 7 } })), 'ends')
    for (const result of [0, '0', null, ''])
      assert.equal(wayOf(event({ status: 'in_progress' }, { result })), 'rest', String(result))
  })

  test('end a flight, an upgrade, or a change of power; alarms and percentages do not', () => {
    for (const status of Object.keys(finalStatuses)) assert.equal(wayOf(event({ status })), 'ends', status)
    for (const name of ['dji-alarms/examples/up-hms', 'dji-alarms/examples/up-hms-dock3-aircraft'])
      assert.equal(wayOf(example(name)), 'rest', name)
    for (const name of [
      'dji-firmware/examples/up-ota_progress',
      'dji-remote-log/examples/up-fileupload_progress',
    ])
      assert.equal(wayOf(example(name)), example(name).includes('"ok"') ? 'ends' : 'rest', name)
  })

  test('have such words in the right fields, not in a text', () => {
    assert.equal(wayOf(event({ status: 'in_progress', note: '"status":"ok"' })), 'rest')
    assert.equal(wayOf(event({ my_status: 'ok', status_: 'ok', statuses: ['ok'] })), 'rest')
  })

  test('match whatever bytes they contain, and every message goes to a queue', () => {
    const isWay = (payload: unknown) => assert.match(wayOf(payload), /^(ends|rest)$/)
    fc.assert(fc.property(fc.uint8Array(), isWay))
    fc.assert(fc.property(fc.jsonValue(), isWay))
    for (const odd of ['', 'null', '5', `${'['.repeat(60_000)}${']'.repeat(60_000)}`]) isWay(odd)
  })
})

/** A report as a dock makes it: where its two archives are, perhaps with a word on the whole. */
const reports = fc.array(
  fc.record({
    files: fc.array(
      fc.record({
        module: fc.constantFrom('0', '3'),
        status: fc.constantFrom(...onTheWay, ...ended),
        percent: fc.nat(100),
        result: fc.constantFrom(0, 0, 324012),
      }),
      { maxLength: 2 },
    ),
    status: fc.option(fc.constantFrom(...onTheWay, ...ended), { nil: undefined }),
  }),
  { minLength: 1, maxLength: 6 },
)

test('a report that the backend reads as an end goes to the queue without a window', () => {
  fc.assert(
    fc.property(reports, (all) => {
      for (const { files, status } of all) {
        const payload = progressPayload(
          'bid',
          files.map(({ module, percent, ...progress }) => ({
            module,
            progress: { ...progress, progress: percent },
          })),
          status,
        )
        const read = readProgress('SN1', Buffer.from(JSON.stringify(payload)))
        if (read.outcome !== 'understood') continue
        const { end, archives } = read.fact
        const says = end || archives.some((archive) => 'end' in archive || archive.result)
        assert.equal(wayOf(payload), says ? 'ends' : 'rest')
      }
    }),
  )
})

test('a batch is split by the rules that its messages come from', () => {
  const of = (about?: 'progress' | 'relay') =>
    queued({ dockSn: 'D', payload: {}, receivedAt: 1, ...(about ? { about } : {}) })
  const [own, progress, other] = [of(), of('progress'), of('relay')]
  const broken = { ...of(), body: 'no JSON' }
  assert.deepEqual(splitBatch(batchOf(own, progress, other, broken)), {
    own: batchOf(own, broken),
    progress: batchOf(progress),
    other: batchOf(other),
  })
})

describe('ends and percentages of an upload, each by its own queue', () => {
  const world = openTable()
  let docks = 0

  /** An upload, and what its dock says, as it waits in a queue. */
  const upload = async (said: typeof reports extends fc.Arbitrary<infer All> ? All : never) => {
    const backend = wireBackend(world.table)
    const { id, dockSn, keyOf } = await backend.open(`DOCK${++docks}`)
    const messages = said.map(({ files, status }, n) => {
      const payload = progressPayload(
        id,
        files.map(({ module, percent, ...progress }) => ({
          module,
          key: keyOf(module === '0' ? 'aircraft' : 'dock'),
          progress: { ...progress, progress: percent },
        })),
        status,
      )
      const receivedAt = opened + seconds(1 + n)
      return {
        way: wayOf(payload),
        record: queued({ dockSn, payload, receivedAt, receiptId: `receipt-${n}` }),
      }
    })
    const view = async () => {
      const { state, archives } = await backend.view(dockSn, id, opened + seconds(60))
      return {
        state,
        archives: archives.map(({ objectKey: _, ...archive }) => archive),
      }
    }
    return { messages, view, take: () => wireBackend(world.table).progress }
  }

  it('have the same result as in sequence, whichever is faster', async () => {
    const batches = fc.array(fc.record({ size: fc.integer({ min: 1, max: 3 }), again: fc.boolean() }), {
      minLength: 12,
      maxLength: 12,
    })
    const shuffle = fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(reports, shuffle, batches, async (said, order, sizes) => {
        const inOrder = await upload(said)
        const take = inOrder.take()
        for (const { record } of inOrder.messages) assert.deepEqual(await take(batchOf(record)), [])

        const raced = await upload(said)
        const wayAt = async (way: string) => {
          const own = raced.take()
          const left = order.flatMap((n) => raced.messages[n] ?? []).filter((message) => message.way === way)
          for (const { size, again } of sizes) {
            const batch = batchOf(...left.splice(0, size).map(({ record }) => record))
            for (let times = again ? 2 : 1; times > 0; times--) assert.deepEqual(await own(batch), [])
          }
        }
        await Promise.all([wayAt('ends'), wayAt('rest')])
        assert.deepEqual(await raced.view(), await inOrder.view())
      }),
      rounds(40),
    )
  })
})
