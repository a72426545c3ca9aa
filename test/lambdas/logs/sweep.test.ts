import '../../support/quiet-logs.ts'

import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { storageOf } from '../../../lambdas/logs/archives/counted-object.ts'
import type { Registers } from '../../../lambdas/logs/registers.ts'
import { sweepUploads } from '../../../lambdas/logs/sweep.ts'
import { newId } from '../../../lambdas/runtime/new-id.ts'
import { dueItems } from '../../../lambdas/sweeps/due-items.ts'
import { dueKinds } from '../../../lambdas/table/keys.ts'
import { wireApi } from '../../support/api.ts'
import { openTable } from '../../support/table.ts'
import {
  answered,
  cancelled,
  ended,
  jobEnded,
  minutes,
  opened,
  registersOf,
  seconds,
  stored,
  uploading,
} from '../../support/upload-facts.ts'

describe('the sweep', () => {
  let world: ReturnType<typeof openTable>
  let api: ReturnType<typeof wireApi>
  let docks = 0
  beforeEach(() => {
    world = openTable()
    api = wireApi(world.table)
  })

  /** An upload, accepted by its dock unless other facts are given. */
  const openUpload = async (facts: readonly Registers[] = [answered(seconds(1))], finishBy?: number) => {
    docks += 1
    const dockSn = `DOCK${docks}`
    const dock = await api.listedDock(dockSn)
    const id = newId(opened)
    await api.open(
      dock,
      {
        id,
        commandId: newId(opened),
        now: opened,
        answerBy: opened + seconds(15),
        deadlineAt: opened + minutes(65),
        finishBy: finishBy === undefined ? undefined : opened + finishBy,
        requestedBy: 'ann',
        selections: [
          { module: 'aircraft', bootIndexes: [11] },
          { module: 'dock', bootIndexes: [1] },
        ],
      },
      undefined,
    )
    const tell = (...more: Registers[]) => api.hot.record(dockSn, id, registersOf(...more))
    if (facts.length > 0) await tell(...facts)
    const keyOf = (module: string) => `north/${dockSn}/2027-01-15/${id}/${module}.tar`
    const put = (module: string) => api.storage.set(keyOf(module), { size: 400, etag: '"e"' })
    const indexed = async () => (await api.uploads.get(dockSn, id))?.hot.indexed
    const slot = async () => (await api.docks.find(dockSn, 'all'))?.activeUpload
    const history = async () =>
      (await api.history.shown(dockSn, id)).entries.map(({ by, action }) => `${by} ${action}`)
    return { dockSn, id, keyOf, tell, put, indexed, slot, history }
  }
  const sweepAt = async (at: number) => {
    api.clock.now = opened + at
    await api.sweep()
  }
  const cancels = () => api.sent.filter(({ payload }) => payload.includes('fileupload_update')).length

  it('leaves alone what is not due', async () => {
    const { id, indexed, slot } = await openUpload()
    await sweepAt(minutes(64))
    assert.deepEqual([(await indexed())?.state, await slot()], ['accepted', id])
  })

  it('gives up an upload that its dock did not answer, and frees the dock', async () => {
    const { indexed, slot } = await openUpload([])
    await sweepAt(seconds(15))
    assert.deepEqual([await indexed(), await slot()], [{ state: 'timedOut', checkAt: undefined }, undefined])
  })

  it('gives up an upload at its deadline, and frees the dock', async () => {
    const { tell, indexed, slot } = await openUpload()
    await tell(uploading(minutes(60), 'dock'))
    await sweepAt(minutes(65))
    assert.deepEqual([await indexed(), await slot()], [{ state: 'timedOut', checkAt: undefined }, undefined])
  })

  it('is harmless when it runs twice at the same time', async () => {
    const { indexed } = await openUpload()
    api.clock.now = opened + minutes(65)
    await Promise.all([api.sweep(), api.sweep()])
    assert.equal((await indexed())?.state, 'timedOut')
  })

  describe('at the finishBy of an upload', () => {
    it('asks the dock to stop, once', async () => {
      const { dockSn, history, indexed, slot, id } = await openUpload(undefined, minutes(30))
      await sweepAt(minutes(30) - 1)
      assert.equal(cancels(), 0)
      await sweepAt(minutes(30))
      await sweepAt(minutes(31))
      assert.equal(cancels(), 1)
      assert.equal(api.sent[0]?.topic, `thing/product/${dockSn}/services`)
      assert.deepEqual(await history(), ['ann start', 'groundcrew cancel'])
      assert.deepEqual(await indexed(), { state: 'accepted', checkAt: opened + minutes(35) })
      assert.equal(await slot(), id, 'the dock has not said that it stopped')
    })

    it('gives it up when the dock does not confirm the stop', async () => {
      const { indexed, slot } = await openUpload(undefined, minutes(30))
      await sweepAt(minutes(30))
      await sweepAt(minutes(35))
      assert.deepEqual([(await indexed())?.state, await slot()], ['timedOut', undefined])
    })

    it('tries again a minute later if the broker refused the command', async () => {
      const { history, indexed } = await openUpload(undefined, minutes(30))
      api.broken.add('broker')
      await sweepAt(minutes(30))
      assert.deepEqual([cancels(), await history()], [0, ['ann start']])
      assert.equal((await indexed())?.checkAt, opened + minutes(30) + seconds(45))
      api.broken.clear()
      await sweepAt(minutes(31))
      assert.equal(cancels(), 1)
    })

    it('asks nothing of a dock that an operator asked already', async () => {
      const { tell, indexed } = await openUpload(undefined, minutes(30))
      api.clock.now = opened + minutes(29)
      await tell(cancelled(minutes(29)))
      await sweepAt(minutes(30))
      assert.equal(cancels(), 0)
      assert.equal((await indexed())?.checkAt, opened + minutes(34))
    })

    it('asks nothing of a dock whose upload has ended', async () => {
      await openUpload([answered(seconds(1)), jobEnded(minutes(5), 'failed')], minutes(30))
      await sweepAt(minutes(30))
      assert.equal(cancels(), 0)
    })
  })

  describe('from the moment the dock said ok', () => {
    const okBoth = [
      answered(seconds(1)),
      ended(minutes(2), 'aircraft', 'uploaded'),
      ended(minutes(2), 'dock', 'uploaded'),
    ]

    it('looks into storage at its next run', async () => {
      const { put, indexed } = await openUpload(okBoth)
      put('aircraft')
      put('dock')
      await sweepAt(minutes(2) - 1)
      assert.equal((await indexed())?.state, 'uploaded')
      await sweepAt(minutes(2))
      assert.deepEqual(await indexed(), { state: 'verified', checkAt: undefined })
    })

    it('looks again where the archive comes later than the ok', async () => {
      const { put, indexed } = await openUpload(okBoth)
      await sweepAt(minutes(3))
      assert.deepEqual(await indexed(), { state: 'uploaded', checkAt: opened + minutes(2) })
      put('aircraft')
      put('dock')
      await sweepAt(minutes(4))
      assert.equal((await indexed())?.state, 'verified')
    })

    it('finds after five minutes that an archive is missing, and not before', async () => {
      const { put, indexed } = await openUpload(okBoth)
      put('dock')
      await sweepAt(minutes(7) - 1)
      assert.equal((await indexed())?.state, 'uploaded')
      await sweepAt(minutes(7))
      assert.deepEqual(await indexed(), { state: 'partial', checkAt: undefined })
    })

    it('gives each archive its five minutes', async () => {
      const { indexed, dockSn, id } = await openUpload([
        answered(seconds(1)),
        ended(minutes(2), 'aircraft', 'uploaded'),
        ended(minutes(6), 'dock', 'uploaded'),
      ])
      await sweepAt(minutes(7))
      const { registers } = (await api.uploads.get(dockSn, id))?.hot ?? {}
      assert.deepEqual(
        [registers?.aircraftAbsent?.at, registers?.dockAbsent],
        [opened + minutes(7), undefined],
      )
      assert.equal((await indexed())?.checkAt, opened + minutes(6))
    })

    it('finds that everything is missing, until an object arrives after all', async () => {
      const { tell, indexed } = await openUpload(okBoth)
      await sweepAt(minutes(7))
      assert.equal((await indexed())?.state, 'missing')
      await tell(stored(minutes(9), 'aircraft'), stored(minutes(9), 'dock'))
      assert.equal((await indexed())?.state, 'verified')
    })

    it('finds that the size differs', async () => {
      const { put, indexed, dockSn, id } = await openUpload([
        answered(seconds(1)),
        ended(minutes(2), 'aircraft', 'uploaded', { sizeBytes: 9 }),
        ended(minutes(2), 'dock', 'failed'),
      ])
      put('aircraft')
      await sweepAt(minutes(7))
      assert.equal((await indexed())?.state, 'partial')
      assert.equal((await api.uploads.get(dockSn, id))?.hot.registers.aircraftObject?.size, 400)
    })

    it('pins the version that it found: the event of a later object only records its arrival', async () => {
      const { keyOf, tell, indexed, dockSn, id, history } = await openUpload(okBoth)
      for (const module of ['aircraft', 'dock'])
        api.storage.set(keyOf(module), { size: 400, etag: '"e"', version: `${module}-1` })
      await sweepAt(minutes(7))
      await tell(stored(minutes(9), 'dock', { size: 400 }), stored(minutes(9), 'aircraft', { size: 7 }))
      const { registers } = (await api.uploads.get(dockSn, id))?.hot ?? { registers: {} }
      for (const module of ['aircraft', 'dock'] as const)
        assert.equal(storageOf(registers, module).object?.version, `${module}-1`)
      assert.equal((await indexed())?.state, 'verified')
      const overwritten = (await history()).filter((entry) => entry.startsWith('storage'))
      assert.deepEqual(overwritten.sort(), ['storage overwritten aircraft', 'storage overwritten dock'])
    })

    it('checks only the archive that is due', async () => {
      const { tell, put, indexed } = await openUpload(okBoth)
      await tell(stored(minutes(6), 'aircraft', { size: 7 }))
      put('dock')
      world.used.splice(0)
      await sweepAt(minutes(7))
      const queries = world.used.filter(({ operation }) => operation === 'Query')
      assert.deepEqual([queries.length, (await indexed())?.state], [1, 'uploaded'])
    })

    it('concludes nothing if storage refuses the request, and tries again', async () => {
      const { put, indexed } = await openUpload(okBoth)
      api.broken.add('storage')
      await sweepAt(minutes(7))
      assert.deepEqual(await indexed(), { state: 'uploaded', checkAt: opened + minutes(7) + seconds(45) })
      api.broken.clear()
      put('aircraft')
      put('dock')
      await sweepAt(minutes(8))
      assert.equal((await indexed())?.state, 'verified')
    })

    it('does not look if an event has reported the object already', async () => {
      const { indexed } = await openUpload([
        ...okBoth,
        stored(minutes(1), 'aircraft'),
        stored(minutes(1), 'dock'),
      ])
      api.broken.add('storage')
      await sweepAt(minutes(7))
      assert.equal((await indexed())?.state, 'verified')
    })
  })

  describe('where storage hangs', () => {
    const silence = { find: () => new Promise<never>(() => {}) }

    /**
     * Work that waits for storage has taken too long as soon as the broker has been told all that it has to
     * be.
     */
    const sweepBeside = async (find: () => Promise<undefined>, wanted: number): Promise<number> => {
      const rings = new Set<() => void>()
      let looked = 0
      await sweepUploads({
        ...api,
        due: dueItems(world.table, dueKinds.upload),
        get: api.uploads.get,
        archives: {
          ...api.archives,
          find: () => {
            looked += 1
            assert.equal(cancels(), wanted, 'a dock had to wait for storage')
            queueMicrotask(() => {
              for (const ring of rings) ring()
            })
            return find()
          },
        },
        timer: (_, ring) => {
          rings.add(ring)
          return () => rings.delete(ring)
        },
      })()
      return looked
    }

    it('sends every cancel first, and puts off what hangs, longer each time', async () => {
      const ok = [answered(seconds(1)), jobEnded(minutes(5), 'uploaded')]
      const hanging = await Promise.all(Array.from({ length: 30 }, () => openUpload(ok)))
      for (let n = 0; n < 3; n++) await openUpload(undefined, minutes(30))
      api.clock.now = opened + minutes(30)
      assert.ok((await sweepBeside(silence.find, 3)) > 0)
      assert.equal(cancels(), 3)
      const checks = async () =>
        new Set(await Promise.all(hanging.map(async ({ indexed }) => (await indexed())?.checkAt)))
      assert.deepEqual(await checks(), new Set([opened + minutes(30) + seconds(45)]))
      api.clock.now = opened + minutes(31)
      await sweepBeside(silence.find, 3)
      assert.deepEqual(await checks(), new Set([opened + minutes(31) + seconds(90)]))
      api.clock.now = opened + minutes(32)
      assert.equal(await sweepBeside(silence.find, 3), 0)
    })
  })

  it('continues with the others when one fails', async () => {
    const stuck = await openUpload(undefined, minutes(30))
    const silent = await openUpload([])
    const late = await openUpload([answered(seconds(1)), jobEnded(minutes(40), 'failed')])
    api.broken.add('broker')
    await sweepAt(minutes(50))
    assert.equal((await stuck.indexed())?.state, 'accepted')
    assert.equal((await silent.indexed())?.state, 'timedOut')
    assert.equal((await late.indexed())?.state, 'failed')
  })
})
