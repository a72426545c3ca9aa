import '../../support/quiet-logs.ts'

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { SQSRecord } from 'aws-lambda'
import { inTurns } from '../../../lambdas/queue/batch.ts'
import { newId } from '../../../lambdas/runtime/new-id.ts'
import { wireBackend } from '../../support/backend.ts'
import { batchOf, progressPayload, queued, replyPayload } from '../../support/dock-messages.ts'
import { openTable } from '../../support/table.ts'
import { fault, logLine, progress, start, versions, wireUpgrades } from '../../support/upgrades.ts'

/**
 * What the worst messages cost, by what the database says: a device that floods must not spend what its
 * neighbours need.
 */
describe('the cost of a message', () => {
  const world = openTable()

  const cost = async (work: () => Promise<string[]>) => {
    world.used.splice(0)
    assert.deepEqual(await work(), [])
    return { calls: world.used.length, units: world.used.reduce((sum, { units }) => sum + units, 0) }
  }
  const many = <Item>(count: number, item: (n: number) => Item): Item[] =>
    Array.from({ length: count }, (_, n) => item(n))

  /** As long as a description is kept, in characters of three bytes. */
  const long = '\u6587'.repeat(1_000)
  const bad = { service_id: '$ota', event_type: 'upgrade_progress_report', paras: {} }
  const worst: [name: string, services: unknown][] = [
    ['many services without a result code', many(101, () => bad)],
    ['many services that are none', many(101, () => 1)],
    [
      'many services with faults of every kind',
      many(1000, (n) => [bad, 1, {}, { service_id: '$ota' }][n % 4]),
    ],
    ['many well-formed reports', many(100, (n) => progress(n % 100, 'v1'))],
    ['many well-formed reports with versions of their own', many(100, (n) => progress(n % 100, `v${n}`))],
    ['many version reports', many(100, (n) => versions(`v${n}`, `s${n}`))],
    ['many claims of the target', many(100, () => progress(100, 'v2'))],
    ['many faults', many(100, (n) => progress(0, 'v1', { result_code: n + 1 }))],
    [
      'many long descriptions and versions',
      many(30, (n) => progress(n, `${n}${long.slice(0, 240)}`, { description: long })),
    ],
    ['many long version reports', many(60, (n) => versions(`${n}${long.slice(0, 240)}`, long.slice(0, 250)))],
    ['many signs of life', many(1000, () => logLine)],
    ['no list at all', 'services'],
  ]

  for (const [name, services] of worst)
    it(`is bounded for ${name}, also when it comes a hundred times`, async () => {
      const backend = wireUpgrades(world.table)
      const device = backend.device()
      await device.open()
      const message = (): SQSRecord => device.message(services as unknown[])
      const alone = await cost(() => backend.ingest(batchOf(message())))
      // Ten units of history and one of the message, and what is known of the device, some of it twice.
      assert.ok(alone.units <= 45 && alone.calls <= 20, JSON.stringify(alone))
      const flood = await cost(() => backend.ingest(batchOf(...many(100, message))))
      assert.ok(flood.units <= 140 && flood.calls <= 120, JSON.stringify(flood))
      // However it is cut into batches.
      const small = await cost(() => backend.ingest(batchOf(...many(10, message))))
      assert.ok(small.units <= 50 && small.calls <= 30, JSON.stringify(small))
    })

  it('leaves gaps in the history of a flooding device, says so, and loses nothing of its state', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    const { id } = await device.open()
    const crowd = many(10, (n) => many(10, (index) => progress(10 * n + index, 'v1')))
    crowd.at(-1)?.splice(-1, 1, fault(6))
    assert.deepEqual(await backend.ingest(batchOf(...crowd.map((services) => device.message(services)))), [])
    assert.deepEqual([(await device.view()).state, (await device.view()).failure?.code], ['failed', 6])
    const kept = (await device.reports(id)).map(({ percent }) => percent)
    assert.equal(kept.length, 20)
    assert.ok(
      many(10, (n) => 10 * n).every((first) => kept.includes(first)),
      'a message has no row',
    )
    assert.deepEqual(await backend.rejections(device.deviceId), ['tooManyReports services[] 80'])
  })

  it('is next to nothing for what cannot be understood, however often it comes', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    const batch = () => batchOf(...many(100, () => device.message(many(101, () => bad))))
    await backend.ingest(batch())
    const { calls, units } = await cost(() => backend.ingest(batch()))
    assert.ok(calls <= 4 && units <= 8, JSON.stringify({ calls, units }))
    const rows = await backend.rejections(device.deviceId)
    assert.deepEqual(
      rows.toSorted(),
      ['noResultCode services[].paras.result_code 2000', 'tooManyServices services[10] 200'].map((row) =>
        row.replace('[10]', '[]'),
      ),
    )
  })

  it('is bounded for a flooding dock, too', async () => {
    const backend = wireBackend(world.table)
    const { dockSn } = await backend.open('7CTDF000000001')
    const babble = () => queued({ dockSn, payload: '{"method":"fileupload_progress"', receivedAt: start })
    const stranger = () =>
      queued({ dockSn, payload: { bid: 'x', method: 'fileupload_progress', data: {} }, receivedAt: start })
    const batch = () => batchOf(...many(50, babble), ...many(50, stranger))
    await backend.progress(batch())
    const { calls, units } = await cost(() => backend.progress(batch()))
    assert.ok(calls <= 6 && units <= 12, JSON.stringify({ calls, units }))
    const reply = () => queued({ dockSn, payload: '{', receivedAt: start })
    await backend.replies(batchOf(reply()))
    const replies = await cost(() => backend.replies(batchOf(...many(10, reply))))
    assert.ok(replies.calls <= 3, JSON.stringify(replies))
  })

  it('is next to nothing for a long listing that a dock sends again and again', async () => {
    const backend = wireBackend(world.table)
    const dock = await backend.docks.register('7CTDF000000002', { fleet: 'north' }, 'all', start)
    assert.ok(dock)
    const { dockSn } = dock
    const id = newId(start)
    const times = { createdAt: start, deadlineAt: start + 30_000 }
    await backend.listings.open(dock, { id, ...times, modules: ['dock'], requestedBy: 'ann' }, undefined)
    const log = (n: number) => ({
      boot_index: n,
      start_time: 1_700_000_000,
      end_time: 1_700_000_100,
      size: 1,
    })
    const files = [{ module: '3', result: 0, list: many(1_500, log) }]
    const payload = replyPayload(id, { result: 0, files }, 'fileupload_list')
    const said = (n: number) => queued({ dockSn, payload, receivedAt: start + n })
    const first = await cost(() => backend.replies(batchOf(...many(10, (n) => said(9 - n)))))
    assert.ok(first.units <= 330 && first.calls <= 30, JSON.stringify(first))
    assert.equal((await backend.listings.get(dockSn, id))?.answer?.at, start)
    const again = await cost(() => backend.replies(batchOf(...many(10, (n) => said(10 + n)))))
    assert.ok(again.units <= 10 && again.calls <= 10, JSON.stringify(again))
    assert.equal((await backend.listings.logs(dockSn))[0]?.logs.length, 1_500)
  })

  it('is one write for the exports of another platform, however many a dock reports', async () => {
    const backend = wireBackend(world.table)
    const dockSn = '7CTDF000000003'
    const said = (n: number) =>
      queued({
        dockSn,
        payload: progressPayload('x', [{ key: `foreign/${n}.tar`, progress: { status: 'ok' } }]),
        receivedAt: start + ((n * 37) % 100),
      })
    await backend.progress(batchOf(said(0)))
    const { calls, units } = await cost(() => backend.progress(batchOf(...many(100, said))))
    assert.ok(calls <= 2 && units <= 2, JSON.stringify({ calls, units }))
    const [signs] = await backend.docks.signs([dockSn])
    assert.equal(signs?.foreign?.seenAt, start + 99)
  })

  it('is a single read for unknown uploads, however many a dock names', async () => {
    const backend = wireBackend(world.table)
    const { dockSn, id, keyOf } = await backend.open('7CTDF000000004', [{ module: 'dock', bootIndexes: [1] }])
    const progress = { status: 'file_uploading', progress: 7 }
    const said = (...keys: string[]) =>
      queued({
        dockSn,
        payload: progressPayload(
          'x',
          keys.map((key) => ({ module: '3', key, progress })),
        ),
        receivedAt: start + 1_000,
      })
    const own = keyOf('dock')
    const unknown = () => said(...many(4, () => own.replace(id, newId(start))))
    const batch = () => batchOf(...many(50, unknown), said(own), ...many(49, unknown))
    await backend.progress(batch())
    const { units } = await cost(() => backend.progress(batch()))
    const writes = world.used.filter(({ kind }) => kind === 'write').length
    // The look has a unit for each.
    assert.ok(writes <= 3 && units <= 410, JSON.stringify({ writes, units }))
    const { archives } = await backend.view(dockSn, id)
    assert.equal(archives[0]?.percent, 7)
    const { items } = await backend.rejected.list(dockSn, 'all', {})
    assert.deepEqual(
      items.map(({ reason, path, count }) => `${reason} ${path} ${count}`),
      ['unknownUpload key 792'],
    )
  })

  it('does not delay others: messages of other devices are handled in turn', () => {
    const said = ['flood 1', 'flood 2', 'flood 3', 'quiet 1', 'flood 4', 'other 1', 'quiet 2']
    const turns = inTurns(said, (one) => one.split(' ')[0])
    assert.deepEqual(turns, ['flood 1', 'quiet 1', 'other 1', 'flood 2', 'quiet 2', 'flood 3', 'flood 4'])
    assert.deepEqual(
      inTurns([], () => ''),
      [],
    )
  })
})
