import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Run } from '../../../lambdas/collections/run.ts'
import { runStore } from '../../../lambdas/collections/run-store.ts'
import { startStore } from '../../../lambdas/collections/starts.ts'
import { collectionDueKind, collectionStore } from '../../../lambdas/collections/store.ts'
import { turnStore } from '../../../lambdas/collections/turns.ts'
import { dueItems } from '../../../lambdas/sweeps/due-items.ts'
import { minutes, settings } from '../../support/collections.ts'
import { overtaken } from '../../support/failing-table.ts'
import { openTable } from '../../support/table.ts'

const collectionId = 'c'
const runOf = (id: string): Run => ({
  id,
  collectionId,
  dockSn: 'DOCK',
  fleet: 'north',
  cause: { id, kind: 'alarm', at: 1 },
  logs: { modules: ['dock'], newestBoots: 1 },
  wakeAircraft: false,
  retries: 0,
  phase: 'waiting',
  since: 1,
  createdAt: 1,
  updatedAt: 1,
  finishBy: 1 + 60 * minutes,
  leftOut: [],
  covers: 0,
  rev: 1,
})

suite('a write that is based on a stale read of a collection', () => {
  test('neither advances nor widens a run', async () => {
    const runs = runStore(openTable().table)
    const run = runOf('one')
    assert.equal(await runs.write({ added: run }), 'written')
    assert.equal(await runs.write({ added: run }), 'known')
    assert.equal(await runs.put({ ...run, phase: 'listing' }), true)
    assert.equal(await runs.put({ ...run, phase: 'ended' }), false)
    assert.equal(await runs.write({ added: runOf('two'), widened: { ...run, covers: 1 } }), 'changed')
    assert.equal((await runs.get({ collectionId, runId: 'one' }))?.phase, 'listing')
    assert.equal(await runs.get({ collectionId, runId: 'two' }), undefined)
  })

  test('does not make a run the newest of its dock', async () => {
    const runs = runStore(openTable().table)
    const write = (id: string, rev: number) =>
      runs.write({ added: runOf(id), row: { dockSn: 'DOCK', collectionId, change: { run: id }, rev } })
    assert.equal(await write('one', 0), 'written')
    assert.equal(await write('two', 0), 'changed')
    assert.equal(await write('two', 1), 'written')
    assert.equal(await write('three', 1), 'changed')
    assert.equal((await runs.rows.get('DOCK', collectionId)).run, 'two')
  })

  test('neither takes a start back nor begins it again', async () => {
    const starts = startStore(openTable().table)
    const start = { id: 'daily-1', collectionId, kind: 'daily' as const, at: 1, rev: 1 }
    const cursor = async () => (await starts.get(collectionId, start.id))?.cursor
    await starts.add(start, 1)
    await starts.advance(start, 'page 2')
    await starts.advance(start, 'page 1')
    assert.equal(await cursor(), 'page 2')
    await starts.add(start, 2)
    assert.equal(await cursor(), 'page 2')
  })

  test('does not set the time of the next daily run', async () => {
    const collections = collectionStore(openTable().table)
    const put = (checkAt: number) =>
      collections.put(collectionId, { ...settings(), checkAt }, { fleets: 'all', by: 'ann', now: 1 })
    const known = (await put(100)) ?? assert.fail()
    await put(200)
    await collections.setNextRun(known, 300)
    assert.equal((await collections.get(collectionId))?.checkAt, 200)
  })

  test('does not end the checks for free turns while a run begins to wait', async () => {
    const { table } = openTable()
    const mark = (now: number) => turnStore(table).mark(collectionId, now)
    await mark(0)
    const now = 10 * minutes
    const slow = turnStore(overtaken(table, /^UpdateCommand.*waitedAt = :read/, () => mark(now)))
    await slow.checked(collectionId, true, now)
    const due: string[] = []
    for await (const { pk } of dueItems(table, collectionDueKind).list(now + 60 * minutes)) due.push(pk)
    assert.equal(due.length, 1)
  })
})

suite('turns of a collection', () => {
  test('are taken up to the limit, and a run that holds one keeps it', async () => {
    const { take, giveBack } = turnStore(openTable().table)
    const taken = (runId: string) => take({ collectionId, runId }, 2)
    assert.deepEqual([await taken('one'), await taken('two'), await taken('three')], [true, true, false])
    assert.deepEqual([await taken('one'), await taken('two')], [true, true])
    await giveBack({ collectionId, runId: 'one' })
    assert.deepEqual([await taken('three'), await taken('one')], [true, false])
  })
})
