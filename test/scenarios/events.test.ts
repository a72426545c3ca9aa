import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import * as z from 'zod'
import { Upload } from '../../lambdas/logs/shapes.ts'
import type { BusEvent } from '../../local/events/pattern.ts'
import { dockByHand, lentBy } from '../support/dock-by-hand.ts'
import { operatorOf } from '../support/operator.ts'
import { operatorsQueues, runRedrive } from '../support/redrive.ts'
import { put, s3AsDock } from '../support/s3-as-dock.ts'
import { onlyLocal, openLocal } from '../support/story.ts'

const Event = z.object({
  source: z.literal('groundcrew'),
  'detail-type': z.string(),
  detail: z.object({
    id: z.string(),
    type: z.string(),
    subject: z.string(),
    fleet: z.string().optional(),
    data: z.looseObject({ record: z.looseObject({}), previous: z.looseObject({}).optional() }),
  }),
})

test('what happens to an upload is told on the bus, also what happened while the bus was away', {
  skip: onlyLocal,
}, async (t) => {
  const seen: BusEvent[] = []
  const data = await mkdtemp(join(tmpdir(), 'groundcrew-data-'))
  t.after(() => rm(data, { recursive: true, force: true }))
  const backend = await openLocal(t, { dataDirectory: data, onEvent: (event) => void seen.push(event) })
  const about = (subject: string) =>
    seen.map((event) => Event.parse(event)).filter(({ detail }) => detail.subject === subject)
  const typesOf = (subject: string) => about(subject).map(({ detail }) => detail.type)

  const dock = await dockByHand(t, backend, { fleet: 'north' })
  const { upload, command } = await dock.startUpload()
  const subject = `docks/${dock.dockSn}/log-uploads/${upload.id}`
  await backend.until(
    async () => typesOf(subject),
    (types) => types.includes('groundcrew.upload.requested.v1'),
  )

  const end = backend.faults.failService('events')
  await dock.answer(command, { result: 0 })
  await dock.uploadUntil(upload.id, 'accepted')
  end()
  await backend.until(
    async () => typesOf(subject),
    (types) => types.includes('groundcrew.upload.accepted.v1'),
  )

  await dock.report(command, { status: 'file_uploading', step: 3, percent: 50 })
  await dock.uploadUntil(upload.id, 'uploading')
  const lent = { ...lentBy(command), endpoint: backend.storageUrl }
  await put(s3AsDock(t, lent), lent, 'logs')
  await dock.report(command, { status: 'ok', step: 3, percent: 100, size: 4 })
  await operatorOf(backend, dock.dockSn).uploadUntil(upload.id, 'verified')
  await backend.until(
    async () => typesOf(subject),
    (types) => types.includes('groundcrew.upload.verified.v1'),
  )

  const ids = new Map<string, unknown>()
  for (const { 'detail-type': type, detail } of about(subject)) {
    assert.equal(detail.type, type)
    assert.equal(detail.fleet, 'north')
    assert.equal(`groundcrew.upload.${Upload.parse(detail.data.record).state}.v1`, type)
    assert.deepEqual(ids.get(detail.id) ?? detail, detail)
    ids.set(detail.id, detail)
  }
  assert.deepEqual(backend.deadLetters(), [])

  await t.test('and holds nothing of what a dock was lent', () => {
    const text = JSON.stringify(seen)
    for (const secret of Object.values(lent.credentials)) assert.ok(secret && !text.includes(secret))
  })

  await t.test('and told again, with its id, when a function that it started has failed', async () => {
    const [verified = assert.fail()] = about(subject).filter(({ detail }) => /verified/.test(detail.type))
    const { sqs, queues } = await operatorsQueues(t, backend)
    const letters = queues.get('EventFailures') ?? assert.fail()
    const before = about(subject).length
    await sqs.send(
      letters.url,
      JSON.stringify({ ...seen.find(({ detail }) => Object(detail).id === verified.detail.id) }),
    )
    const { out, code } = await runRedrive(t, data, '--queue', 'EventFailures')
    assert.match(out, /EventFailures: 1 letter, 1 put back, 0 removed, 0 stay/)
    assert.equal(code, 0)
    const again = await backend.until(
      async () => about(subject).slice(before),
      ({ length }) => length > 0,
    )
    assert.equal(again[0]?.detail.id, verified.detail.id)
  })
})
