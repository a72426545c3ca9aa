import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type HotUploads, hotUploads } from '../../../lambdas/logs/hot-upload.ts'
import type { Registers } from '../../../lambdas/logs/registers.ts'
import { addressOf } from '../../../lambdas/logs/store.ts'
import { dueItems } from '../../../lambdas/sweeps/due-items.ts'
import type { Table } from '../../../lambdas/table/client.ts'
import { dueKinds } from '../../../lambdas/table/keys.ts'
import { wireBackend } from '../../support/backend.ts'
import { failingTable, failOnce, NoConnection } from '../../support/failing-table.ts'
import { openTable } from '../../support/table.ts'
import {
  absent,
  answered,
  cancelled,
  ended,
  jobEnded,
  minutes,
  opened,
  registersOf,
  reported,
  seconds,
  stored,
  uploading,
} from '../../support/upload-facts.ts'

describe('a fact about an upload', () => {
  const world = openTable()
  let docks = 0

  /**
   * Opens an upload on a dock of its own; `copy` makes another copy of a function, which remembers nothing
   * yet.
   */
  const openUpload = async () => {
    const backend = wireBackend(world.table)
    docks += 1
    const { id, dockSn } = await backend.open(`DOCK${docks}`)
    const clock = backend.clock
    clock.now = opened
    const copy = (table: Table = world.table): HotUploads => hotUploads(table, () => clock.now)
    const tell = (hot: HotUploads, ...facts: Registers[]) => hot.record(dockSn, id, registersOf(...facts))
    const slot = async () => (await backend.docks.find(dockSn, 'all'))?.activeUpload
    const indexed = async () => (await backend.uploads.get(dockSn, id))?.hot.indexed
    const listed = async (state: string) => {
      const { items } = await backend.uploads.ofFleets('all', { state: [state] }, { limit: 200 })
      return items.some(({ request }) => request.id === id)
    }
    const isDue = async (at: number) => {
      const due = dueItems(world.table, dueKinds.upload).list(opened + at)
      for await (const key of due) if (addressOf(key)?.uploadId === id) return true
      return false
    }
    return { backend, id, dockSn, clock, copy, tell, slot, indexed, listed, isDue }
  }

  const accepted = answered(seconds(1))
  const canceledBoth = jobEnded(minutes(2), 'canceled')

  it('is not recorded if the dock has no such upload', async () => {
    const { copy, id, indexed } = await openUpload()
    assert.equal(await copy().record('DOCK0', id, accepted), 'unknown')
    assert.equal(await copy().review('DOCK0', id), 'unknown')
    assert.equal((await indexed())?.state, 'requested')
  })

  it('is not recorded if it comes from another dock, even if the upload is cached', async () => {
    const { copy, id, tell } = await openUpload()
    const hot = copy()
    await tell(hot, accepted)
    assert.equal(await hot.record('DOCK0', id, accepted), 'unknown')
  })

  it('shows in the lists: its state, and when to look again', async () => {
    const { copy, tell, listed, indexed, isDue } = await openUpload()
    assert.equal(await listed('requested'), true)
    await tell(copy(), accepted)
    assert.deepEqual([await listed('accepted'), await listed('requested')], [true, false])
    assert.equal((await indexed())?.checkAt, opened + minutes(65))
    await tell(copy(), canceledBoth)
    assert.equal(await listed('canceled'), true)
    assert.equal(await isDue(minutes(600)), false)
  })

  it('returns what another instance has written since, with a read only in that case', async () => {
    const { copy, tell } = await openUpload()
    const [one, other] = [copy(), copy()]
    await tell(one, accepted)
    await tell(other, uploading(minutes(1), 'aircraft'))
    const readsOf = async (work: Promise<unknown>) => {
      world.used.length = 0
      await work
      return world.used.filter(({ kind }) => kind === 'read').length
    }
    assert.equal(await readsOf(tell(one, uploading(minutes(2), 'dock', 5))), 1)
    assert.equal(await readsOf(tell(one, uploading(minutes(3), 'dock', 6))), 0)
    const known = await tell(one, uploading(minutes(4), 'dock', 7))
    assert.ok(known !== 'unknown')
    const { registers } = known.upload
    assert.deepEqual([registers.aircraftProgress?.pct, registers.dockProgress?.pct], [10, 7])
    assert.deepEqual(registers.answer, accepted.answer)
  })

  it('leaves a check that comes in time where it is, and moves one that has passed', async () => {
    const { copy, tell, indexed, clock, dockSn, id } = await openUpload()
    const hot = copy()
    await tell(hot, accepted, uploading(minutes(1), 'dock', 1), cancelled(minutes(1)))
    assert.equal((await indexed())?.checkAt, opened + minutes(6))
    clock.now = opened + minutes(3)
    await tell(hot, uploading(minutes(3), 'dock', 2))
    assert.equal((await indexed())?.checkAt, opened + minutes(6), 'no index is written for progress')
    clock.now = opened + minutes(6)
    await hot.review(dockSn, id)
    assert.equal((await indexed())?.checkAt, opened + minutes(8))
  })

  it('frees the slot at an end, once, and gives it to whoever comes next', async () => {
    const { backend, copy, tell, slot, dockSn } = await openUpload()
    await tell(copy(), canceledBoth)
    assert.equal(await slot(), undefined)
    const next = await backend.open(dockSn)
    await tell(copy(), ended(minutes(1), 'dock', 'uploaded'), stored(minutes(1), 'dock'))
    assert.equal(await slot(), next.id, 'a late fact takes nothing back')
  })

  it('does not take the slot back when an upload that was given up goes on', async () => {
    const { backend, copy, tell, slot, clock, dockSn, id, indexed } = await openUpload()
    clock.now = opened + seconds(15)
    await copy().review(dockSn, id)
    assert.deepEqual([(await indexed())?.state, await slot()], ['timedOut', undefined])
    const next = await backend.open(dockSn)
    await tell(copy(), answered(seconds(16)), uploading(seconds(17), 'dock'))
    assert.deepEqual([(await indexed())?.state, await slot()], ['uploading', next.id])
  })

  it('does not free the slot of an open upload because of a stale cache', async () => {
    const { copy, tell, slot, clock, indexed } = await openUpload()
    const [api, ingest] = [copy(), copy()]
    await tell(ingest, accepted)
    clock.now = opened + minutes(1)
    await tell(api, cancelled(minutes(1)))
    for (let minute = 2; minute < 9; minute++) await tell(ingest, uploading(minutes(minute), 'dock', minute))
    clock.now = opened + minutes(9)
    await tell(api, cancelled(minutes(9)))
    assert.notEqual(await slot(), undefined, 'the dock is still uploading')
    assert.equal((await indexed())?.state, 'uploading')
  })

  it('does not change the state when it is old', async () => {
    const { copy, tell, backend, dockSn, id } = await openUpload()
    await tell(copy(), accepted, uploading(minutes(3), 'dock', 50), ended(minutes(2), 'aircraft', 'failed'))
    const before = await backend.view(dockSn, id)
    for (const hot of [copy(), copy()]) {
      await tell(hot, reported(minutes(1), { module: 'dock', step: 'packing', stepPercent: 99 }))
      await tell(hot, uploading(minutes(4), 'dock', 49), ended(minutes(4), 'aircraft', 'canceled'))
      await tell(hot, uploading(minutes(4), 'dock', 50))
    }
    assert.deepEqual(await backend.view(dockSn, id), before)
  })

  it('keeps the new facts of a report whose other facts are old', async () => {
    const { copy, tell, backend, dockSn, id } = await openUpload()
    await tell(copy(), uploading(minutes(1), 'dock', 50))
    await tell(copy(), uploading(minutes(2), 'dock', 40), uploading(minutes(2), 'aircraft', 7))
    const { archives } = await backend.view(dockSn, id)
    assert.deepEqual(
      archives.map(({ percent }) => percent),
      [7, 50],
    )
  })

  it('lets an earlier end replace a later one', async () => {
    const { copy, tell, listed } = await openUpload()
    await tell(copy(), jobEnded(minutes(3), 'failed'))
    await tell(copy(), jobEnded(minutes(2), 'canceled'))
    assert.deepEqual([await listed('canceled'), await listed('failed')], [true, false])
  })

  for (const [name, crash] of [
    ['before the facts are written', /ADD rev/],
    ['before the slot is free', /REMOVE activeUpload/],
    ['before the indexes know', /#state = :state/],
  ] as const)
    for (const fate of ['lost', 'unanswered'] as const)
      it(`is whole after a repeat, when a function died ${name} (${fate})`, async () => {
        const { copy, tell, slot, listed } = await openUpload()
        await tell(copy(), accepted)
        const dying = copy(failOnce(world.table, crash, fate))
        await assert.rejects(tell(dying, canceledBoth), NoConnection)
        await tell(dying, canceledBoth)
        assert.deepEqual([await slot(), await listed('canceled')], [undefined, true])
      })

  it('is complete after a repeat in another instance', async () => {
    const { copy, tell, slot, listed } = await openUpload()
    await assert.rejects(tell(copy(failOnce(world.table, /#state = :state/)), canceledBoth), NoConnection)
    await tell(copy(), canceledBoth)
    assert.deepEqual([await slot(), await listed('canceled')], [undefined, true])
  })

  it('is indexed as the last of two writers leaves it, however they overlap', async () => {
    for (const slow of ['one', 'other'] as const) {
      const { copy, tell, listed } = await openUpload()
      // The slow one has written its fact, and comes to the index only after the other is through.
      const reached = Promise.withResolvers<void>()
      const released = Promise.withResolvers<void>()
      const slowTable = failingTable(world.table, async (call) => {
        if (!call.includes('#state = :state')) return undefined
        reached.resolve()
        await released.promise
        return undefined
      })
      const first =
        slow === 'one' ? ended(minutes(1), 'dock', 'canceled') : ended(minutes(1), 'aircraft', 'canceled')
      const second =
        slow === 'one' ? ended(minutes(2), 'aircraft', 'canceled') : ended(minutes(2), 'dock', 'canceled')
      const late = tell(copy(slowTable), first)
      await reached.promise
      await tell(copy(), second)
      released.resolve()
      await late
      assert.equal(await listed('canceled'), true)
    }
  })

  it('is indexed right after many writers at once', async () => {
    const { copy, tell, listed, slot, isDue } = await openUpload()
    const facts = [
      accepted,
      uploading(minutes(1), 'aircraft'),
      uploading(minutes(1), 'dock'),
      ended(minutes(2), 'aircraft', 'uploaded'),
      ended(minutes(3), 'dock', 'uploaded'),
      stored(minutes(2), 'aircraft'),
      stored(minutes(3), 'dock'),
    ]
    await Promise.all([...facts, ...facts].map((fact) => tell(copy(), fact)))
    assert.deepEqual(
      [await listed('verified'), await slot(), await isDue(minutes(600))],
      [true, undefined, false],
    )
  })

  it('makes the archive due for proof from its ok on, until it is missing', async () => {
    const { copy, tell, isDue } = await openUpload()
    await tell(copy(), jobEnded(minutes(2), 'uploaded'))
    assert.deepEqual([await isDue(minutes(2) - 1), await isDue(minutes(2))], [false, true])
    await tell(copy(), absent(minutes(7), 'aircraft'), absent(minutes(7), 'dock'))
    assert.equal(await isDue(minutes(600)), false)
  })
})
