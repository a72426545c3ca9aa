import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Idempotency, idempotencyStore } from '../../../lambdas/http/idempotency.ts'
import { commandStore } from '../../../lambdas/logs/commands.ts'
import { historyStore } from '../../../lambdas/logs/history.ts'
import { type NewUpload, uploadOpener } from '../../../lambdas/logs/open.ts'
import { uploadReader } from '../../../lambdas/logs/store.ts'
import { type Dock, dockStore } from '../../../lambdas/registry/store.ts'
import { newId } from '../../../lambdas/runtime/new-id.ts'
import type { Table } from '../../../lambdas/table/client.ts'
import { openTable } from '../../support/table.ts'
import { minutes, opened, seconds } from '../../support/upload-facts.ts'

describe('opening an upload', () => {
  const world = openTable()
  let dockNumber = 0

  const registerDock = async (): Promise<Dock> => {
    dockNumber += 1
    const dock = await dockStore(world.table).register(`DOCK${dockNumber}`, { fleet: 'north' }, 'all', opened)
    assert.ok(dock)
    return dock
  }

  const newUpload = (at = 0, more: Partial<NewUpload> = {}): NewUpload => ({
    id: newId(opened + at),
    commandId: newId(opened + at),
    now: opened + at,
    answerBy: opened + at + seconds(15),
    deadlineAt: opened + at + minutes(65),
    requestedBy: 'ann',
    selections: [{ module: 'dock', bootIndexes: [7] }],
    ...more,
  })
  const open = (dock: Dock, upload: NewUpload, idempotency?: Idempotency, table: Table = world.table) =>
    uploadOpener(table)(dock, upload, idempotency)
  const slotOf = async (dock: Dock) => (await dockStore(world.table).find(dock.dockSn, 'all'))?.activeUpload
  const key = (more: Partial<Idempotency> = {}): Idempotency => ({
    callerId: 'ann',
    key: `key-${dockNumber}`,
    requestHash: 'hash',
    ...more,
  })

  it('records the request, its command and who asked, and takes the slot of the dock', async () => {
    const dock = await registerDock()
    const upload = newUpload(0, { note: 'crash on Monday' })
    const outcome = await open(dock, upload)
    assert.equal(outcome.outcome, 'opened')
    const stored = await uploadReader(world.table).get(dock.dockSn, upload.id)
    assert.deepEqual(stored?.request, {
      id: upload.id,
      dockSn: dock.dockSn,
      fleet: 'north',
      requestedBy: 'ann',
      note: 'crash on Monday',
      archives: [
        {
          module: 'dock',
          bootIndexes: [7],
          objectKey: `north/${dock.dockSn}/2027-01-15/${upload.id}/dock.tar`,
        },
      ],
    })
    assert.deepEqual(await commandStore(world.table).find(dock.dockSn, upload.commandId), {
      kind: 'start',
      subject: upload.id,
    })
    assert.deepEqual((await historyStore(world.table).shown(dock.dockSn, upload.id)).entries, [
      { at: opened, by: 'ann', action: 'start' },
    ])
    assert.equal(await slotOf(dock), upload.id)
  })

  it('succeeds for exactly one of twenty concurrent requests', async () => {
    const dock = await registerDock()
    const uploads = Array.from({ length: 20 }, () => newUpload())
    const outcomes = await Promise.all(uploads.map((upload) => open(dock, upload)))
    const winner = uploads[outcomes.findIndex(({ outcome }) => outcome === 'opened')]
    assert.ok(winner)
    assert.equal(await slotOf(dock), winner.id)
    const losers = outcomes.filter(({ outcome }) => outcome !== 'opened')
    assert.deepEqual(
      losers,
      Array.from({ length: 19 }, () => ({ outcome: 'busy', activeUpload: winner.id })),
    )
  })

  it('writes nothing at all while another upload holds the slot', async () => {
    const dock = await registerDock()
    await open(dock, newUpload())
    const late = newUpload(seconds(1))
    assert.equal((await open(dock, late, key())).outcome, 'busy')
    const { dockSn } = dock
    assert.deepEqual(
      await Promise.all([
        uploadReader(world.table).get(dockSn, late.id),
        commandStore(world.table).find(dockSn, late.commandId),
        historyStore(world.table).shown(dockSn, late.id),
        idempotencyStore(world.table).find(key(), opened + seconds(1)),
      ]),
      [undefined, undefined, { entries: [], isCut: false }, undefined],
    )
  })

  it('is possible again after the deadline of the other one, even if no sweep has run', async () => {
    const dock = await registerDock()
    await open(dock, newUpload())
    assert.equal((await open(dock, newUpload(minutes(65)))).outcome, 'busy')
    assert.equal((await open(dock, newUpload(minutes(65) + 1))).outcome, 'opened')
  })

  it('is not possible twice for one id, even once it has ended: its record would begin anew', async () => {
    const dock = await registerDock()
    const upload = newUpload()
    await open(dock, upload)
    const again = { ...upload, now: opened + minutes(66), requestedBy: 'bob' }
    await assert.rejects(open(dock, again), /is there already/)
    const { request } = (await uploadReader(world.table).get(dock.dockSn, upload.id)) ?? {}
    assert.equal(request?.requestedBy, 'ann')
  })

  it('needs a registered dock', async () => {
    const outcome = await open({ dockSn: 'NOBODY', fleet: 'north', createdAt: 0 }, newUpload())
    assert.deepEqual(outcome, { outcome: 'busy', activeUpload: undefined })
  })

  describe('with an idempotency key', () => {
    it('starts one upload when the same request comes twenty times at once', async () => {
      const dock = await registerDock()
      const outcomes = await Promise.all(Array.from({ length: 20 }, () => open(dock, newUpload(), key())))
      const active = await slotOf(dock)
      const repeated = outcomes.filter(({ outcome }) => outcome !== 'opened')
      assert.deepEqual(
        repeated,
        Array.from({ length: 19 }, () => ({
          outcome: 'repeated',
          repeated: { outcome: 'same', id: active },
        })),
      )
    })

    it('ignores the key after 24 hours, although the database deletes it later', async () => {
      const [one, other] = [await registerDock(), await registerDock()]
      const day = minutes(24 * 60)
      const keys = idempotencyStore(world.table)
      await open(one, newUpload(), key())
      assert.equal((await keys.find(key(), opened + day - 1))?.outcome, 'same')
      assert.equal((await open(other, newUpload(day - 1), key())).outcome, 'repeated')
      assert.equal(await keys.find(key(), opened + day), undefined)
      assert.equal((await open(other, newUpload(day), key())).outcome, 'opened')
    })
  })
})
