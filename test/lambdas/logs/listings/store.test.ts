import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DeleteCommand } from '@aws-sdk/lib-dynamodb'
import { listingState, listingStore } from '../../../../lambdas/logs/listings/store.ts'
import { dockStore } from '../../../../lambdas/registry/store.ts'
import { newId } from '../../../../lambdas/runtime/new-id.ts'
import { listingKey } from '../../../../lambdas/table/keys.ts'
import type { ListedModule, Module } from '../../../../protocols/dji-remote-log/facts.ts'
import { failOnce, NoConnection, overtaken } from '../../../support/failing-table.ts'
import { openTable } from '../../../support/table.ts'
import { opened, seconds } from '../../../support/upload-facts.ts'

describe('a listing', () => {
  const world = openTable()
  let docks = 0

  const newDock = async () => {
    docks += 1
    const dock = await dockStore(world.table).register(`DOCK${docks}`, { fleet: 'north' }, 'all', opened)
    assert.ok(dock)
    const { dockSn } = dock
    const listings = listingStore(world.table)
    const ask = async (at: number) => {
      const id = newId(opened + at)
      const times = { createdAt: opened + at, deadlineAt: opened + at + seconds(30) }
      await listings.open(
        dock,
        { id, ...times, modules: ['aircraft', 'dock'], requestedBy: 'ann' },
        undefined,
      )
      return id
    }
    const tell = (id: string, at: number, modules: ListedModule[], result = 0, from = listings) =>
      from.answer(
        dockSn,
        id,
        { commandId: id, result, modules },
        { receivedAt: opened + at, receiptId: `receipt${at}` },
      )
    const boots = async () =>
      (await listings.logs(dockSn)).map(({ module, logs }) => [module, ...logs.map((log) => log.bootIndex)])
    const state = async (id: string, at: number) => {
      const listing = await listings.get(dockSn, id)
      return listing && listingState(listing, opened + at)
    }
    return { dock, dockSn, listings, ask, tell, boots, state }
  }

  const listed = (module: Module, ...bootIndexes: number[]): ListedModule => ({
    module,
    result: 0,
    logs: bootIndexes.map((bootIndex) => ({ bootIndex, startTime: 0, endTime: 0, sizeBytes: 1 })),
  })

  it('is requested, then received', async () => {
    const { ask, tell, state, boots } = await newDock()
    const id = await ask(0)
    assert.equal(await state(id, 0), 'requested')
    await tell(id, 100, [listed('dock', 3, 2)])
    assert.equal(await state(id, 200), 'received')
    assert.deepEqual(await boots(), [['dock', 3, 2]])
  })

  it('has timed out from its deadline on, until an answer comes after all', async () => {
    const { ask, tell, state } = await newDock()
    const id = await ask(0)
    assert.deepEqual(
      [await state(id, seconds(30) - 1), await state(id, seconds(30))],
      ['requested', 'timedOut'],
    )
    await tell(id, seconds(40), [listed('dock', 1)])
    assert.equal(await state(id, seconds(50)), 'received')
  })

  it('has failed when it could not be sent', async () => {
    const { ask, state, listings, dockSn } = await newDock()
    const id = await ask(0)
    await listings.notSent(dockSn, id)
    assert.equal(await state(id, 1), 'failed')
  })

  it('has failed when the dock says so, and is received as soon as one module is', async () => {
    const { ask, tell, state } = await newDock()
    const [failed, half] = [await ask(0), await ask(1)]
    await tell(failed, 100, [], 324013)
    await tell(half, 100, [{ module: 'aircraft', result: 324015, logs: [] }, listed('dock', 1)], 324015)
    assert.deepEqual([await state(failed, 200), await state(half, 200)], ['failed', 'received'])
  })

  it('is what the earliest answer says, whichever is processed first', async () => {
    for (const order of [
      [100, 900],
      [900, 100],
    ]) {
      const { ask, tell, boots, listings, dockSn } = await newDock()
      const id = await ask(0)
      for (const at of order) await tell(id, at, [listed('dock', at)])
      assert.deepEqual(await boots(), [['dock', 100]])
      assert.equal((await listings.get(dockSn, id))?.answer?.at, opened + 100)
    }
  })

  it('of a newer request is kept when the answer to an older one is recorded later', async () => {
    const { ask, tell, boots } = await newDock()
    const [older, newer] = [await ask(0), await ask(1)]
    await tell(newer, 100, [listed('dock', 2)])
    for (const at of [200, 50]) await tell(older, at, [listed('dock', 1), listed('aircraft', 1)])
    assert.deepEqual(await boots(), [
      ['aircraft', 1],
      ['dock', 2],
    ])
  })

  it('keeps the logs of a module that returned none this time', async () => {
    const { ask, tell, boots } = await newDock()
    await tell(await ask(0), 100, [listed('aircraft', 1), listed('dock', 1)])
    await tell(await ask(1000), 1100, [{ module: 'aircraft', result: 324015, logs: [] }, listed('dock', 2)])
    assert.deepEqual(await boots(), [
      ['aircraft', 1],
      ['dock', 2],
    ])
  })

  it('is whole after a repeat, when the function died half way', async () => {
    const { ask, tell, boots, state } = await newDock()
    const id = await ask(0)
    const dying = listingStore(failOnce(world.table, /LOGS#/))
    await assert.rejects(tell(id, 100, [listed('dock', 5)], 0, dying), NoConnection)
    assert.equal(await state(id, 200), 'requested', 'whoever sees it received finds its logs')
    await tell(id, 100, [listed('dock', 5)])
    assert.deepEqual(await boots(), [['dock', 5]])
  })

  it('that expires while its answer is recorded does not come back', async () => {
    const { ask, tell, listings, dockSn } = await newDock()
    const id = await ask(0)
    const Key = listingKey(dockSn, id)
    const expire = () => world.table.client.send(new DeleteCommand({ TableName: world.table.name, Key }))
    const slow = listingStore(overtaken(world.table, /^UpdateCommand.*answer/, expire))
    await tell(id, 100, [listed('dock', 1)], 0, slow)
    assert.equal(await listings.get(dockSn, id), undefined)
  })

  it('of another dock is out of reach', async () => {
    const [mine, other] = [await newDock(), await newDock()]
    const id = await mine.ask(0)
    assert.equal(await other.tell(id, 100, [listed('dock', 1)]), false)
    assert.equal(await mine.state(id, 200), 'requested')
    assert.deepEqual(await other.boots(), [])
  })

  it('may be as long as a message can be', async () => {
    const { ask, tell, boots } = await newDock()
    const id = await ask(0)
    // 128 KiB of `{"boot_index":1000}`, with nothing else in it.
    const shortest = Array.from({ length: 6_500 }, (_, n) => 1_000 + n)
    await tell(id, 100, [listed('dock', ...shortest)])
    assert.equal((await boots())[0]?.length, 1 + shortest.length)
  })

  it('is asked for once per idempotency key', async () => {
    const { dock, listings } = await newDock()
    const request = { modules: ['dock' as const], createdAt: opened, deadlineAt: opened, requestedBy: 'ann' }
    const key = { callerId: 'ann', key: dock.dockSn, requestHash: 'hash' }
    const id = newId(opened)
    assert.equal(await listings.open(dock, { id, ...request }, key), 'opened')
    assert.deepEqual(await listings.open(dock, { id: newId(opened), ...request }, key), {
      outcome: 'same',
      id,
    })
    assert.deepEqual(
      await listings.open(dock, { id: newId(opened), ...request }, { ...key, requestHash: 'another' }),
      { outcome: 'another' },
    )
  })
})
