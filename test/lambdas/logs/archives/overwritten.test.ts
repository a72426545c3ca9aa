import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { storageOf } from '../../../../lambdas/logs/archives/counted-object.ts'
import { storedObjects } from '../../../../lambdas/logs/archives/stored-objects.ts'
import { archiveFacts, jobFacts, objectFact } from '../../../../lambdas/logs/facts.ts'
import { historyStore } from '../../../../lambdas/logs/history.ts'
import { hotUploads } from '../../../../lambdas/logs/hot-upload.ts'
import { start, wireBackend } from '../../../support/backend.ts'
import { batchOf, objectCreated, progressPayload, queued } from '../../../support/dock-messages.ts'
import { failingTable, overtaken } from '../../../support/failing-table.ts'
import { rounds } from '../../../support/rounds.ts'
import { openTable } from '../../../support/table.ts'

const md5 = 'a'.repeat(32)
const other = 'b'.repeat(32)

/** What may lie under a key; `n` says in which order. */
type Put = { n: number; size: number; etag: string; version?: string }

describe('an archive with several objects in storage', () => {
  const world = openTable()
  let docks = 0

  const opened = async () => {
    const backend = wireBackend(world.table)
    const dockSn = `DOCK${++docks}`
    // With retries, so that what is not as its dock says would be uploaded again.
    const upload = await backend.open(dockSn, [{ module: 'dock', bootIndexes: [7] }], 3)
    const key = upload.keyOf('dock')
    // One copy of the function remembers nothing of what another did.
    const copies = [backend, wireBackend(world.table)]
    const putBy = (copy: typeof backend, ...all: Put[]) =>
      copy.archives(
        batchOf(
          ...all.map(({ n, size, etag, version = `v${n}` }) => {
            const sequencer = (4096 + n * 16).toString(16)
            return objectCreated({ key, size, etag, sequencer, version, at: start + n * 1000 })
          }),
        ),
      )
    const put = (...all: Put[]) => putBy(copies[(all[0]?.n ?? 0) % 2] ?? backend, ...all)
    const words = { size: 400, fingerprint: md5 }
    const okBy = (copy: typeof backend, said: { size?: number; fingerprint?: string } = words) => {
      const file = { module: '3', key, ...said, progress: { status: 'ok', result: 0 } }
      const receivedAt = start + 60_000
      return copy.progress(
        batchOf(queued({ dockSn, payload: progressPayload(upload.id, [file]), receivedAt })),
      )
    }
    const ok = (said?: { size?: number; fingerprint?: string }) => okBy(backend, said)
    const look = async (now = start + 3_600_000) => {
      const stored = await backend.uploads.get(dockSn, upload.id)
      const counted = storageOf(stored?.hot.registers ?? {}, 'dock').object?.version
      const { state, archives, nextTry } = await backend.view(dockSn, upload.id, now)
      const [archive] = archives
      return { state, nextTry, archive, counted }
    }
    const history = async () =>
      (await historyStore(world.table).shown(dockSn, upload.id)).entries
        .filter(({ action }) => action.startsWith('overwritten'))
        .map(({ by, action, at }) => `${by} ${action} ${at - start}`)
    return { backend, dockSn, id: upload.id, put, putBy, ok, okBy, look, history }
  }

  const forged = (n: number): Put => ({ n, size: 9, etag: other })
  const good = (n: number): Put => ({ n, size: 400, etag: md5 })
  const forgeries: [string, (n: number) => Put][] = [
    ['in one part, of another size', (n) => ({ n, size: 1, etag: other })],
    ['in one part, of the same size', (n) => ({ n, size: 400, etag: other })],
    ['in parts, of another size', (n) => ({ n, size: 401, etag: `${other}-2` })],
    ['in parts, of the same size', (n) => ({ n, size: 400, etag: `${other}-2` })],
  ]

  for (const [how, forged] of forgeries)
    it(`is the dock's, whatever came before it and after it ${how}`, async () => {
      const { put, ok, look, history } = await opened()
      for (const one of [forged(1), good(2), forged(3)]) await put(one)
      await ok()
      await put(forged(4))
      const { state, archive, nextTry, counted } = await look()
      assert.deepEqual(
        [state, archive?.verification, nextTry, counted],
        ['verified', 'verified', undefined, 'v2'],
      )
      assert.equal(archive?.overwrittenAt, new Date(start + 4000).toISOString())
      assert.deepEqual(await history(), ['storage overwritten dock 3000'])
    })

  it('is the first if nothing distinguishes them, and shows that another came', async () => {
    for (const said of [{ size: 400 }, {}]) {
      const { put, ok, look, history } = await opened()
      await put({ n: 1, size: 400, etag: 'x-2' })
      await ok(said)
      await put({ n: 2, size: 400, etag: 'y-2' })
      const { counted, archive } = await look()
      assert.deepEqual([counted, archive?.overwrittenAt !== undefined], ['v1', true])
      assert.equal((await history()).length, 1)
    }
  })

  for (const [name, more] of Object.entries({
    'of an object before it': [forged(1)],
    'of objects before and after it': [forged(1), forged(4)],
    'of objects before it in no order': [forged(2), forged(1)],
  }))
    it(`is at no moment another once it is verified, whatever storage tells ${name}`, async () => {
      const { put, putBy, ok, look } = await opened()
      const seen = new Set<string | undefined>()
      const note = async () => {
        const { counted, state } = await look()
        seen.add(`${state} ${counted}`)
        return undefined
      }
      await put(good(3))
      await ok()
      for (const one of more) await putBy(wireBackend(failingTable(world.table, note)), one)
      await note()
      assert.deepEqual([...seen], ['verified v3'])
    })

  it('is never a forged one of the same size, nor reported to differ, once its dock says ok', async () => {
    for (const first of [{ n: 1, size: 400, etag: 'x-2' }, forged(1)]) {
      const { put, okBy, look } = await opened()
      const seen = new Set<string>()
      const note = async () => {
        const { counted, archive } = await look()
        if (archive?.verification) seen.add(`${archive.verification} ${counted}`)
        return undefined
      }
      await put(first)
      await put(good(2))
      await okBy(wireBackend(failingTable(world.table, note)))
      await note()
      assert.deepEqual([...seen], ['verified v2'])
    }
  })

  it('is not verified by its size alone if so many objects were put that it may not be among those kept', async () => {
    const flood = Array.from({ length: 17 }, (_, n) => ({ n: n + 2, size: 7, etag: other }))
    for (const batches of [[[...flood]], flood.map((one) => [one])]) {
      const { put, ok, look } = await opened()
      await put({ n: 1, size: 400, etag: 'x-2' })
      for (const batch of batches) await put(...batch)
      for (const one of [good(19), { n: 20, size: 400, etag: 'x-2' }]) await put(one)
      await ok()
      const { state, archive } = await look()
      assert.deepEqual([state, archive?.verification], ['uploaded', undefined])
    }
  })

  it('is the one with the MD5, even if a request found another of the same size before', async () => {
    const { dockSn, id, put, ok, look } = await opened()
    await ok()
    const found = { at: start + 90_000, size: 400, etag: '"x-2"', version: 'v3' }
    await hotUploads(world.table, () => start + 90_000).record(dockSn, id, objectFact('dock', found))
    assert.equal((await look()).counted, 'v3')
    for (const one of [forged(1), good(2), { n: 3, size: 400, etag: 'x-2' }]) await put(one)
    assert.deepEqual([(await look()).state, (await look()).counted], ['verified', 'v2'])
  })

  it('follows the furthest report, in whatever order that and the end of the job come', async () => {
    for (const order of [
      [50, 'ok', 90],
      [50, 90, 'ok'],
      ['ok', 90, 50],
    ]) {
      const { dockSn, id, put, look } = await opened()
      for (const [n, etag] of [other, md5, 'c'.repeat(32)].entries()) await put({ n: n + 1, size: 400, etag })
      const hot = hotUploads(world.table, () => start + 90_000)
      const receipt = { receivedAt: start + 7000, receiptId: 'r' }
      for (const said of order) {
        const job = { end: 'uploaded' as const, archives: [], gatewayContradicts: false }
        const percent = { stepPercent: Number(said), fingerprint: said === 50 ? md5 : 'c'.repeat(32) }
        const report = { module: 'dock', step: 'uploading', sizeBytes: 400, ...percent } as const
        await hot.record(
          dockSn,
          id,
          said === 'ok' ? (jobFacts(job, receipt) ?? {}) : archiveFacts('dock', report, receipt),
        )
      }
      assert.deepEqual([(await look()).state, (await look()).counted], ['verified', 'v3'], order.join())
    }
  })

  it('is recorded completely by any number of concurrent instances', async () => {
    const { putBy, look } = await opened()
    const copies = Array.from({ length: 40 }, (_, n) => putBy(wireBackend(world.table), good(n + 1)))
    assert.deepEqual((await Promise.all(copies)).flat(), [])
    assert.equal((await look()).counted, 'v1')
  })

  for (const said of ['before', 'after'])
    it(`is found behind a hundred others, which cost little, where its dock says so ${said} it`, async () => {
      const { dockSn, id, put, ok, look } = await opened()
      if (said === 'before') await ok()
      world.used.splice(0)
      for (let batch = 0; batch < 10; batch++)
        await put(
          ...Array.from({ length: 10 }, (_, n) => ({ n: batch * 10 + n, size: batch + n, etag: other })),
        )
      const units = (wanted: string) =>
        world.used.reduce((sum, { kind, units }) => sum + (kind === wanted ? units : 0), 0)
      assert.ok(units('write') <= 45, `${units('write')} write units`)
      assert.ok(units('read') <= 45, `${units('read')} read units`)
      await put(good(100))
      if (said === 'after') await ok()
      const { state, counted } = await look()
      assert.deepEqual([state, counted], ['verified', 'v100'])
      const rows = await storedObjects(world.table).of({ dockSn, uploadId: id, module: 'dock' })
      assert.ok(rows.length <= 18, `${rows.length} rows`)
    })

  it('is found where it comes as its dock’s report is recorded, behind others', async () => {
    const { put, okBy, look } = await opened()
    for (const n of [1, 2]) await put({ n, size: 9, etag: other })
    await okBy(wireBackend(overtaken(world.table, /^UpdateCommand.*rev = :rev/, () => put(good(3)))))
    const { state, counted } = await look()
    assert.deepEqual([state, counted], ['verified', 'v3'])
  })

  it('has the newest event beyond those that are kept, whichever is recorded last', async () => {
    const archive = { dockSn: 'DOCK', uploadId: 'upload', module: 'dock' as const }
    const { keep, of } = storedObjects(world.table)
    const reported = (n: number) => {
      const order = String(99 - n)
      return { order, object: { order, at: n, size: n, etag: other } }
    }
    await keep(
      archive,
      Array.from({ length: 16 }, (_, n) => reported(n)),
    )
    for (const n of [30, 20]) await keep(archive, [reported(n)])
    assert.equal((await of(archive)).at(-1)?.size, 30)
  })

  it('is not overwritten by what came before it, nor by its own event again', async () => {
    const { put, ok, look, history } = await opened()
    for (const one of [good(2), { n: 1, size: 9, etag: other }, good(2)]) await put(one)
    await ok()
    await put(good(2))
    const { archive } = await look()
    assert.deepEqual(
      [archive?.verification, archive?.overwrittenAt, await history()],
      ['verified', undefined, []],
    )
  })

  it('has one entry in its history, however often it is overwritten', async () => {
    const { put, ok, history } = await opened()
    await put(good(1))
    await ok()
    for (let n = 2; n < 12; n++) await put({ n, size: 400, etag: other })
    assert.equal((await history()).length, 1)
  })

  it('has one entry, too, when the events of several come at once', async () => {
    const { put, ok, history } = await opened()
    await put(good(1))
    await ok()
    await Promise.all([2, 3, 4, 5].map((n) => put({ n, size: 400, etag: other })))
    assert.equal((await history()).length, 1)
  })

  it('is unpinned if storage keeps no versions', async () => {
    const { put, ok, look } = await opened()
    // The version in a bucket whose versioning was suspended.
    const version = 'null'
    for (const one of [{ n: 1, size: 9, etag: other }, good(2)]) await put({ ...one, version })
    await ok()
    const { archive } = await look()
    assert.deepEqual([archive?.verification, archive?.unpinned], ['verified', true])
    assert.equal(archive?.overwrittenAt, undefined)
    await put({ n: 3, size: 9, etag: other, version })
    const { archive: later, nextTry } = await look()
    assert.deepEqual([later?.verification, later?.unpinned, nextTry], ['verified', true, undefined])
    assert.equal(later?.overwrittenAt, new Date(start + 3000).toISOString())
    const pinned = await opened()
    await pinned.put(good(1))
    await pinned.ok()
    assert.equal((await pinned.look()).archive?.unpinned, undefined)
  })

  it('is overwritten too if its dock never reported its end', async () => {
    const { put, look } = await opened()
    await put(good(1))
    await put({ n: 2, size: 9, etag: other })
    const now = await look()
    assert.deepEqual([now.state, now.archive?.overwrittenAt], ['uploading', undefined])
    const { state, counted, archive } = await look(start + 3 * 3_600_000)
    assert.deepEqual([state, counted], ['uploaded', 'v1'])
    assert.equal(archive?.overwrittenAt, new Date(start + 2000).toISOString())
  })

  const puts = fc
    .shuffledSubarray([1, 2, 3, 4, 5], { minLength: 1 })
    .chain((places) =>
      fc.tuple(
        ...places.map((n) =>
          fc.constantFrom(
            good(n),
            { n, size: 400, etag: other },
            { n, size: 400, etag: 'x-2' },
            { n, size: 7, etag: other },
          ),
        ),
      ),
    )

  it('has the same state in whatever order its objects and the dock’s reports are processed', () =>
    fc.assert(
      fc.asyncProperty(puts, fc.nat(), async (objects, place) => {
        const inOrder = objects.toSorted((one, another) => one.n - another.n)
        const outcome = async (order: readonly Put[], okAt: number) => {
          const { put, ok, look } = await opened()
          for (const [index, one] of order.entries()) {
            if (index === okAt) await ok()
            await put(one)
          }
          if (okAt >= order.length) await ok()
          const { state, archive, counted } = await look()
          return [state, archive?.verification, archive?.overwrittenAt, counted]
        }
        const expected = await outcome(inOrder, inOrder.length)
        assert.deepEqual(await outcome(objects, place % (objects.length + 1)), expected)
        const sure = inOrder.find(({ size, etag }) => size === 400 && etag === md5)
        const match = sure ?? inOrder.find(({ size, etag }) => size === 400 && etag !== other)
        assert.equal(expected.at(-1), `v${(match ?? inOrder[0])?.n}`)
        assert.equal(expected[0], match ? 'verified' : 'uploaded')
      }),
      rounds(40),
    ))

  it('is found too by an instance that has not seen the dock’s report', async () => {
    const { put, ok, look } = await opened()
    for (const one of [good(5), { n: 1, size: 400, etag: 'x-2' }]) await put(one)
    await ok()
    await put(good(3))
    const { counted, archive } = await look()
    assert.deepEqual([counted, archive?.overwrittenAt], ['v3', new Date(start + 5000).toISOString()])
  })

  it('has the same state when its objects and the dock’s reports are processed concurrently', () =>
    fc.assert(
      fc.asyncProperty(puts, fc.nat(), async (objects, place) => {
        const { put, ok, look } = await opened()
        const works = objects.map((one) => () => put(one))
        await Promise.all(works.toSpliced(place % (works.length + 1), 0, ok).map((work) => work()))
        const inOrder = objects.toSorted((one, another) => one.n - another.n)
        const sure = inOrder.find(({ size, etag }) => size === 400 && etag === md5)
        const match = sure ?? inOrder.find(({ size, etag }) => size === 400 && etag !== other)
        const { state, counted } = await look()
        assert.deepEqual([state, counted], [match ? 'verified' : 'uploaded', `v${(match ?? inOrder[0])?.n}`])
      }),
      rounds(60),
    ))

  it('leaves the item of its upload under 1 KB, with the other archive in progress', async () => {
    const backend = wireBackend(world.table)
    const { id, dockSn, keyOf } = await backend.open(`DOCK${++docks}`)
    const reported = (module: string, key: string, progress: object) => ({
      module,
      key,
      device_sn: '1581F5BKD000000001',
      size: 1_234_567_890,
      fingerprint: md5,
      progress: { current_step: 19, total_step: 30, upload_rate: 1_234_567, result: 0, ...progress },
    })
    const files = [
      reported('0', keyOf('aircraft'), { status: 'ok', progress: 100, finish_time: start }),
      reported('3', keyOf('dock'), { status: 'file_uploading', progress: 11 }),
    ]
    const event = { key: keyOf('aircraft'), size: 1_234_567_890, etag: md5, sequencer: '0055AED6DCD90281E5' }
    await backend.archives(batchOf(objectCreated({ ...event, version: 'v'.repeat(32), at: start })))
    const payload = progressPayload(id, files, 'in_progress')
    await backend.progress(batchOf(queued({ dockSn, payload, receivedAt: start + 1000 })))
    world.used.splice(0)
    const again = progressPayload(id, [{ ...files[1], progress: { ...files[1]?.progress, progress: 12 } }])
    await backend.progress(batchOf(queued({ dockSn, payload: again, receivedAt: start + 2000 })))
    const units = world.used.filter(({ kind }) => kind === 'write').map((one) => one.units)
    assert.deepEqual(units, [1])
  })
})
