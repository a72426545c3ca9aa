import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import type { SQSRecord } from 'aws-lambda'
import fc from 'fast-check'
import { start, wireBackend } from '../../support/backend.ts'
import { batchOf, progressPayload, queued } from '../../support/dock-messages.ts'
import { startTable } from '../../support/table.ts'
import { minutes, seconds } from '../../support/upload-facts.ts'

/**
 * What was said of an upload before comes again: from the dead letters, from the broker, from another
 * delivery. The end of the active upload is only ever its own dock's word on it.
 */
describe('what is said of older uploads', () => {
  let world: Awaited<ReturnType<typeof startTable>>
  let docks = 0
  before(async () => {
    world = await startTable()
  })
  after(() => world.stop())

  const ends = ['ok', 'failed', 'canceled', 'rejected', undefined] as const
  type Named = 'key' | 'bid' | 'nothing' | 'stranger'
  type Said = { at: number; named: Named; end: (typeof ends)[number]; wholeJob: boolean }
  const said: fc.Arbitrary<Said> = fc.record({
    at: fc.integer({ min: 1, max: 599 }),
    named: fc.constantFrom<Named[]>('key', 'bid', 'nothing', 'stranger'),
    end: fc.constantFrom(...ends),
    wholeJob: fc.boolean(),
  })

  /** A dock whose first upload has ended and whose second one is active since ten minutes later. */
  const twoUploads = async () => {
    docks += 1
    const backend = wireBackend(world.table)
    const dockSn = `7CTDO${String(docks).padStart(9, '0')}`
    const old = await backend.open(dockSn)
    const message = (
      { at, named, end, wholeJob }: Said,
      upload = old,
      receivedAt = start + seconds(at),
    ): SQSRecord => {
      const bid = { key: upload.id, bid: upload.id, nothing: 'no-uuid', stranger: randomUUID() }[named]
      const files = (['aircraft', 'dock'] as const).map((module) => ({
        module: module === 'aircraft' ? '0' : '3',
        ...(named === 'key' ? { key: upload.keyOf(module) } : {}),
        progress: { progress: 50, status: end && !wholeJob ? end : 'file_uploading' },
      }))
      const payload = progressPayload(bid, end && wholeJob ? [] : files, end && wholeJob ? end : undefined)
      return queued({ dockSn, payload, receivedAt })
    }
    await backend.progress(batchOf(message({ at: 60, named: 'bid', end: 'failed', wholeJob: true })))
    backend.clock.now = start + minutes(10)
    const active = await backend.open(dockSn)
    return { backend, dockSn, message, active }
  }

  it('never moves the active one, however it is named', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(said, { minLength: 1, maxLength: 12 }), async (all) => {
        const { backend, dockSn, message, active } = await twoUploads()
        backend.clock.now = start + minutes(11)
        const before = await backend.view(dockSn, active.id)
        assert.deepEqual(await backend.progress(batchOf(...all.map((one) => message(one)))), [])
        for (const one of all) assert.deepEqual(await backend.progress(batchOf(message(one))), [])
        assert.deepEqual(await backend.view(dockSn, active.id), before)
        assert.equal((await backend.docks.find(dockSn, 'all'))?.activeUpload, active.id)
      }),
      { numRuns: 60 },
    )
  })

  it('does not hide what the dock says of the active one in the same batch', async () => {
    const { backend, dockSn, message, active } = await twoUploads()
    const word: Said = { at: 0, named: 'nothing', end: 'canceled', wholeJob: true }
    const older = message({ ...word, end: 'failed' }, undefined, start + minutes(9))
    const newer = message(word, undefined, start + minutes(11))
    assert.deepEqual(await backend.progress(batchOf(older, newer)), [])
    assert.equal((await backend.view(dockSn, active.id)).state, 'canceled')
  })

  it('is foreign where it is the end of an upload that nobody knows; its progress is the active one’s', async () => {
    const { backend, dockSn, message, active } = await twoUploads()
    const stranger = (end: Said['end'], wholeJob: boolean) =>
      message({ at: 0, named: 'stranger', end, wholeJob }, undefined, start + minutes(11))
    await backend.progress(batchOf(stranger('failed', true), stranger('ok', false)))
    assert.equal((await backend.view(dockSn, active.id)).state, 'requested')
    const [row] = (await backend.rejected.list(dockSn, 'all', {})).items
    assert.deepEqual([row?.reason, row?.path], ['unknownUpload', 'bid'])
    await backend.progress(batchOf(stranger(undefined, false)))
    assert.equal((await backend.view(dockSn, active.id)).state, 'uploading')
  })
})
