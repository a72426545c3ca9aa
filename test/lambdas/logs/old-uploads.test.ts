import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, it } from 'node:test'
import type { SQSRecord } from 'aws-lambda'
import fc from 'fast-check'
import { isEnd, registerNames } from '../../../lambdas/logs/registers.ts'
import { start, wireBackend } from '../../support/backend.ts'
import { batchOf, progressPayload, queued } from '../../support/dock-messages.ts'
import { rounds } from '../../support/rounds.ts'
import { openTable } from '../../support/table.ts'
import { minutes, seconds } from '../../support/upload-facts.ts'

/**
 * What was said of an upload before comes again: from the dead letters, from the broker, from another
 * delivery. The end of the active upload is only ever its own dock's word on it.
 */
describe('a report on an older upload', () => {
  const world = openTable()
  let docks = 0

  const ends = ['ok', 'failed', 'canceled', 'rejected', undefined] as const
  type Said = {
    at: number
    /** Of the older upload, in this form; or what names no upload of ours. */
    bid: ((id: string) => unknown) | undefined
    key: ((key: string) => unknown) | undefined
    /** Only one of the archives has a key. */
    halfNamed: boolean
    end: (typeof ends)[number]
    wholeJob: boolean
    fromNeighbour: boolean
  }

  const bare = (id: string) => id.replaceAll('-', '')
  const forms = fc.constantFrom<((id: string) => unknown)[]>(
    (id) => id,
    (id) => id.toUpperCase(),
    (id) => ` {${id}}\n`,
    bare,
    (id) => `{${bare(id).toUpperCase()}}`,
    (id) => `urn:uuid:${id}`,
    (id) => [id],
    (id) => ({ id }),
    (id) => `job-${id}`,
    (id) => id.slice(1),
  )
  const foreign = fc
    .oneof(
      fc.uuid(),
      fc.integer(),
      fc.boolean(),
      fc.string({ minLength: 1, maxLength: 300 }).filter((text) => /[^\s\p{Cc}]/u.test(text)),
      fc.constantFrom('job-17', 'no-uuid', 'x'.repeat(200), '{}', 'null'),
      fc.array(fc.integer(), { maxLength: 2 }),
      fc.dictionary(fc.string(), fc.integer(), { maxKeys: 2 }),
    )
    .map((name) => () => name)
  const nothing = fc.constantFrom(
    undefined,
    () => null,
    () => '',
    () => ' \n',
  )
  const keyForms = fc.constantFrom<((key: string) => unknown)[]>(
    (key) => key,
    (key) => `bucket/${key}`,
    (key) => ` ${key}\0`,
    (key) => key.toUpperCase(),
    (key) => [key],
    (key) => encodeURIComponent(key),
  )
  const what = { end: fc.constantFrom(...ends), wholeJob: fc.boolean(), halfNamed: fc.boolean() }
  const maybe = { bid: fc.oneof(nothing, forms, foreign), key: fc.oneof(nothing, keyForms, foreign) }
  const late = { at: fc.integer({ min: 601, max: 650 }), fromNeighbour: fc.constant(false) }
  /** Received before the active one was there, whatever it names. */
  const older: fc.Arbitrary<Said> = fc.record({
    ...what,
    ...maybe,
    at: fc.integer({ min: 1, max: 599 }),
    fromNeighbour: fc.boolean(),
  })
  /** Sent anew while the active one is there: told by what it names, or by who says it. */
  const anew: fc.Arbitrary<Said> = fc.oneof(
    fc.record({ ...what, ...late, ...maybe, bid: fc.oneof(forms, foreign) }),
    fc.record({ ...what, ...late, ...maybe, key: fc.oneof(keyForms, foreign), wholeJob: fc.constant(false) }),
    fc.record({ ...what, ...late, ...maybe, fromNeighbour: fc.constant(true) }),
  )

  /** A dock whose first upload has ended and whose second one is active since ten minutes later. */
  const twoUploads = async () => {
    docks += 1
    const backend = wireBackend(world.table)
    const dockSn = `7CTDO${String(docks).padStart(9, '0')}`
    const old = await backend.open(dockSn)
    const message = (
      said: Partial<Said>,
      upload = old,
      receivedAt = start + seconds(said.at ?? 0),
    ): SQSRecord => {
      const { bid, key, halfNamed, end, wholeJob, fromNeighbour } = said
      const files = (['aircraft', 'dock'] as const).map((module) => ({
        module: module === 'aircraft' ? '0' : '3',
        ...(key && !(halfNamed && module === 'aircraft') ? { key: key(upload.keyOf(module)) } : {}),
        progress: { progress: 50, status: end && !wholeJob ? end : 'file_uploading' },
      }))
      const isBare = end && wholeJob
      const payload = {
        ...progressPayload('', isBare ? [] : files, isBare ? end : undefined),
        bid: bid?.(upload.id),
      }
      return queued({ dockSn: fromNeighbour ? `${dockSn}N` : dockSn, payload, receivedAt })
    }
    const failure = { at: 60, bid: (id: string) => id, end: 'failed', wholeJob: true } as const
    await backend.progress(batchOf(message(failure)))
    backend.clock.now = start + minutes(10)
    const active = await backend.open(dockSn)
    return { backend, dockSn, message, active }
  }

  it('never changes the active one, whatever it names', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(older, { minLength: 1, maxLength: 12 }), async (all) => {
        const { backend, dockSn, message, active } = await twoUploads()
        backend.clock.now = start + minutes(11)
        const before = await backend.view(dockSn, active.id)
        assert.deepEqual(await backend.progress(batchOf(...all.map((one) => message(one)))), [])
        for (const one of all) assert.deepEqual(await backend.progress(batchOf(message(one))), [])
        assert.deepEqual(await backend.view(dockSn, active.id), before)
        assert.equal((await backend.docks.find(dockSn, 'all'))?.activeUpload, active.id)
      }),
      rounds(60),
    )
  })

  it('never ends the active one when it is sent again; a report on the active one does', async () => {
    const said = fc.array(fc.oneof(older, anew), { minLength: 1, maxLength: 12 })
    const own = fc.constantFrom<((id: string) => unknown)[]>(
      (id) => id,
      (id) => `{${id.toUpperCase()}}`,
      bare,
      () => undefined,
    )
    await fc.assert(
      fc.asyncProperty(said, own, async (all, bid) => {
        const { backend, dockSn, message, active } = await twoUploads()
        backend.clock.now = start + minutes(11)
        const records = all.map((one) => message(one))
        assert.deepEqual(await backend.progress(batchOf(...records)), [])
        for (const record of records) assert.deepEqual(await backend.progress(batchOf(record)), [])
        const registers = (await backend.uploads.get(dockSn, active.id))?.hot.registers ?? {}
        assert.deepEqual(
          registerNames.filter((name) => registers[name] && isEnd(name)),
          [],
        )
        assert.equal((await backend.docks.find(dockSn, 'all'))?.activeUpload, active.id)
        const word = { bid, end: 'canceled', wholeJob: true, at: 655 } as const
        await backend.progress(batchOf(message(word, active)))
        assert.equal((await backend.view(dockSn, active.id)).state, 'canceled')
        assert.equal((await backend.docks.find(dockSn, 'all'))?.activeUpload, undefined)
      }),
      rounds(80),
    )
  })

  it('does not hide reports on the active one in the same batch', async () => {
    const { backend, dockSn, message, active } = await twoUploads()
    const word = { end: 'canceled', wholeJob: true } as const
    const older = message({ ...word, end: 'failed' }, undefined, start + minutes(9))
    const newer = message(word, undefined, start + minutes(11))
    assert.deepEqual(await backend.progress(batchOf(older, newer)), [])
    assert.equal((await backend.view(dockSn, active.id)).state, 'canceled')
  })

  it('is foreign if it ends an unknown upload; its progress counts for the active one', async () => {
    const { backend, dockSn, message, active } = await twoUploads()
    const stranger = (end: Said['end'], wholeJob: boolean) =>
      message({ bid: () => randomUUID(), end, wholeJob }, undefined, start + minutes(11))
    await backend.progress(batchOf(stranger('failed', true), stranger('ok', false)))
    assert.equal((await backend.view(dockSn, active.id)).state, 'requested')
    const [row] = (await backend.rejected.list(dockSn, 'all', {})).items
    assert.deepEqual([row?.reason, row?.path], ['unknownUpload', 'bid'])
    await backend.progress(batchOf(stranger(undefined, false)))
    assert.equal((await backend.view(dockSn, active.id)).state, 'uploading')
  })
})
