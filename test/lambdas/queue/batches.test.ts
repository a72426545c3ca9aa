import '../../support/quiet-logs.ts'

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { SQSRecord } from 'aws-lambda'
import { onQueue, readReports } from '../../../lambdas/queue/batch.ts'
import { uploadKeys } from '../../../lambdas/table/keys.ts'
import { wireBackend } from '../../support/backend.ts'
import { batchOf, objectCreated, progressPayload, queued, replyPayload } from '../../support/dock-messages.ts'
import { failingTable, failOnce } from '../../support/failing-table.ts'
import { openTable } from '../../support/table.ts'
import { opened, seconds } from '../../support/upload-facts.ts'

const placesOf = (...records: SQSRecord[]) =>
  readReports(batchOf(...records), /./).reports.map(({ receipt }) => receipt.place)

const at = (queuedAfterMs: number) =>
  queued({ dockSn: 'D', payload: {}, receivedAt: opened, queuedAt: opened + queuedAfterMs })

describe('the place of a message among those of the same millisecond', () => {
  it('is when the queue received it, and then its position in the batch', () => {
    assert.deepEqual(placesOf(at(3), at(3), at(0), at(12)), [300, 301, 2, 1203])
  })

  it('has the same first part when the message comes again', () => {
    const message = at(7)
    assert.deepEqual([placesOf(message), placesOf(at(1), at(2), message)[2]], [[700], 702])
  })

  it('is within its digits, whatever the clocks say', () => {
    const odd = { ...at(0), attributes: { ...at(0).attributes, SentTimestamp: 'never' } }
    assert.deepEqual(placesOf(at(-5), at(998), at(86_400_000), odd), [0, 99_801, 99_902, 3])
    const many = placesOf(...Array.from({ length: 120 }, () => at(999)))
    assert.deepEqual([many[99], many[119]], [99_999, 99_999])
  })
})

describe('a batch with several handlers', () => {
  it('is parsed once for each pattern, whichever handler is first', () => {
    const [reply, stranger] = [at(0), queued({ dockSn: 'a b', payload: {}, receivedAt: opened })]
    const batch = batchOf(reply, stranger, { ...reply, body: 'x' })
    const [docks, all] = [/^\w+$/, /^/]
    const first = readReports(batch, docks)
    assert.equal(readReports(batch, docks), first)
    assert.deepEqual(
      [
        first.reports.length,
        readReports(batch, all).reports.length,
        readReports(batch, docks).reports.length,
      ],
      [1, 2, 1],
    )
  })
})

/** A queue sends again exactly the messages that are reported as failed. */
describe('of a batch', () => {
  const world = openTable()
  let docks = 0

  const openUpload = async () => {
    docks += 1
    const backend = wireBackend(world.table)
    const upload = await backend.open(`DOCK${docks}`)
    const report = (percent: number, more: object = {}): SQSRecord => {
      const file = {
        module: '3',
        key: upload.keyOf('dock'),
        progress: { progress: percent, status: 'file_zip' },
      }
      const payload = { ...progressPayload(upload.id, [file]), ...more }
      return queued({ dockSn: upload.dockSn, payload, receivedAt: opened + seconds(percent) })
    }
    const percent = async () => (await backend.view(upload.dockSn, upload.id)).archives[1]?.percent
    return { ...upload, backend, report, percent }
  }
  const idsOf = (...records: SQSRecord[]) => records.map(({ messageId }) => messageId).sort()
  /** An ingest whose calls to the database fail where they touch this upload. */
  const brokenFor = (id: string) =>
    wireBackend(failingTable(world.table, (call) => (call.includes(id) ? 'lost' : undefined)))
  const unreadable = (): SQSRecord => ({
    ...queued({ dockSn: 'D', payload: {}, receivedAt: 1 }),
    body: '{"a":1}',
  })

  it('all messages of an upload fail whose merged write fails, and those of no other', async () => {
    const [one, other] = [await openUpload(), await openUpload()]
    const [lost, kept] = [
      [one.report(1), one.report(2), one.report(3)],
      [other.report(4), other.report(5)],
    ]
    const [a, b, c] = lost
    const [d, e] = kept
    assert.ok(a && b && c && d && e)
    const failed = await brokenFor(one.id).progress(batchOf(a, d, b, e, c))
    assert.deepEqual(failed.sort(), idsOf(...lost))
    assert.deepEqual([await one.percent(), await other.percent()], [0, 5])
    assert.deepEqual(await one.backend.progress(batchOf(...lost)), [], 'they succeed when they come again')
    assert.equal(await one.percent(), 3)
  })

  it('a message fails once, although two of its parts fail', async () => {
    const { id, dockSn, keyOf } = await openUpload()
    const files = [
      { key: keyOf('dock'), progress: { status: 'file_zip' } },
      { key: 'foreign.tar', progress: { status: 'file_zip' } },
    ]
    const record = queued({ dockSn, payload: progressPayload(id, files), receivedAt: opened })
    const broken = wireBackend(failingTable(world.table, () => 'lost'))
    assert.deepEqual(await broken.progress(batchOf(record)), [record.messageId])
  })

  it('a message fails that no rule of ours made, and stops no other', async () => {
    const { report, percent, backend, commandId, dockSn, id } = await openUpload()
    for (const body of ['no json', '{"a":1}', JSON.stringify({ payload: 'e30=', source: 5 })]) {
      const poison = { ...unreadable(), body }
      assert.deepEqual(await backend.progress(batchOf(poison, report(7))), [poison.messageId])
      const reply = queued({
        dockSn,
        payload: replyPayload(commandId, { result: 0 }),
        receivedAt: opened + 9,
      })
      assert.deepEqual(await backend.replies(batchOf(poison, reply)), [poison.messageId])
      assert.deepEqual(await backend.archives(batchOf(poison)), [poison.messageId])
    }
    assert.equal(await percent(), 7)
    assert.equal((await backend.view(dockSn, id)).state, 'uploading')
  })

  it('an invalid payload of a device fails nothing, and stops no other', async () => {
    const { report, percent, backend, dockSn } = await openUpload()
    const nonsense = ['', '{', '[]', '{"data":1}', '\u0000'].map((payload) =>
      queued({ dockSn, payload, receivedAt: opened }),
    )
    assert.deepEqual(await backend.progress(batchOf(...nonsense, report(7), ...nonsense)), [])
    assert.equal(await percent(), 7)
  })

  it('a rejected message that cannot be kept fails', async () => {
    const { backend, dockSn, report } = await openUpload()
    const nonsense = queued({ dockSn, payload: '{', receivedAt: opened })
    const broken = wireBackend(failOnce(world.table, /REJECTED/))
    assert.deepEqual(await broken.progress(batchOf(nonsense, report(1))), [nonsense.messageId])
    assert.deepEqual(await backend.progress(batchOf(nonsense)), [])
  })

  it('a reply fails whose command cannot be looked up, and no other', async () => {
    const [one, other] = [await openUpload(), await openUpload()]
    const replyOf = ({ dockSn, commandId }: typeof one) =>
      queued({ dockSn, payload: replyPayload(commandId, { result: 0 }), receivedAt: opened + 9 })
    const [lost, kept] = [replyOf(one), replyOf(other)]
    assert.deepEqual(await brokenFor(one.commandId).replies(batchOf(lost, kept)), [lost.messageId])
    assert.equal((await other.backend.view(other.dockSn, other.id)).state, 'accepted')
  })

  it('what is not recorded is not acknowledged', async () => {
    const [one, other] = [await openUpload(), await openUpload()]
    const broken = brokenFor(one.id)
    await broken.progress(batchOf(one.report(1, { need_reply: 1 }), other.report(1, { need_reply: 1 })))
    assert.deepEqual(
      broken.published.map(({ topic }) => topic),
      [`thing/product/${other.dockSn}/events_reply`],
    )
  })

  it('an archive’s event is dropped if it is of no upload of ours', async () => {
    const { backend, keyOf, dockSn, id } = await openUpload()
    const event = (key: string) =>
      objectCreated({ key, size: 1, etag: 'e', sequencer: '01', at: opened + seconds(5) })
    const strange = [event('someone/elses.zip'), event(keyOf('dock').replace(dockSn, 'STRANGER'))]
    assert.deepEqual(await backend.archives(batchOf(...strange)), [])
    assert.deepEqual(await backend.archives(batchOf(event(keyOf('dock')))), [])
    const [aircraft, dock] = (await backend.view(dockSn, id)).archives
    assert.deepEqual([aircraft?.state, dock?.state], ['requested', 'uploading'])
  })

  it('only the part that waited for another until the invocation was over is delivered again', async () => {
    const [held, free] = [await openUpload(), await openUpload()]
    const { pk, sk } = uploadKeys.state(held.dockSn, held.id)
    const giveBack = (await world.database).holdItems('Records', [{ pk: { S: pk }, sk: { S: sk } }])
    const batch = batchOf(held.report(7), free.report(7))
    const invocation = { getRemainingTimeInMillis: () => 3_500 }
    const answer = await onQueue(() => held.backend.progress)(batch, invocation)
    assert.deepEqual(answer, { batchItemFailures: [{ itemIdentifier: batch.Records[0]?.messageId }] })
    assert.deepEqual([await held.percent(), await free.percent()], [0, 7])
    giveBack()
  })

  it('the queue is told of each failed message by its id', async () => {
    const handler = onQueue(() => async () => ['one', 'two'])
    assert.deepEqual(await handler(batchOf()), {
      batchItemFailures: [{ itemIdentifier: 'one' }, { itemIdentifier: 'two' }],
    })
  })
})
