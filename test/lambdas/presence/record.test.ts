import '../../support/quiet-logs.ts'

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import fc from 'fast-check'
import { recordPresence } from '../../../lambdas/presence/record.ts'
import { merge, type PresenceRegisters } from '../../../lambdas/presence/registers.ts'
import { standingOf } from '../../../lambdas/presence/state.ts'
import { presenceStore } from '../../../lambdas/presence/store.ts'
import { splitBatch } from '../../../lambdas/queue/batch.ts'
import { keepHeard } from '../../../lambdas/registry/store.ts'
import { rejectedStore } from '../../../lambdas/rejected/store.ts'
import { presenceKey } from '../../../lambdas/table/keys.ts'
import { batchOf, queued, replyPayload } from '../../support/dock-messages.ts'
import { rounds } from '../../support/rounds.ts'
import { openTable } from '../../support/table.ts'
import { anyOrder, began, histories, seconds } from './histories.ts'

const fresh = (() => {
  let docks = 0
  return () => `PRESENT${docks++}`
})()

describe('presence', () => {
  const world = openTable()

  const ingest = (...records: Parameters<typeof batchOf>) =>
    recordPresence({
      presence: presenceStore(world.table),
      rejected: rejectedStore(world.table),
      now: () => began,
    })(batchOf(...records))
  const known = async (sn: string) => {
    const [one] = await presenceStore(world.table).of([sn], true)
    return one ?? assert.fail()
  }
  const message = (
    dockSn: string,
    about: 'connection' | 'relay' | 'firmware',
    payload: unknown,
    receivedAt: number,
    receiptId?: string,
  ) => queued({ dockSn, about, payload, receivedAt, ...(receiptId ? { receiptId } : {}) })
  const event = (eventType: string, versionNumber: number, timestamp: number) => ({
    clientId: 'x',
    eventType,
    timestamp,
    versionNumber,
    sessionIdentifier: 's',
    principalIdentifier: 'p',
  })

  it('is that of the later connection, where clocks of the broker differ', async () => {
    const sn = fresh()
    const [earlier, later] = [
      { at: began + 60_000, version: 1, heardAt: began },
      { at: began, version: 2, heardAt: began },
    ]
    for (const fact of [later, earlier])
      await presenceStore(world.table).record(sn, { connected: fact, disconnected: fact }, began)
    const registers = (await presenceStore(world.table).registersOf([sn]))[sn]
    assert.deepEqual([registers?.connected, registers?.disconnected], [later, later])
  })

  it('is that of the broker’s last event, in whatever order and batches they come', () =>
    fc.assert(
      fc.asyncProperty(
        histories.chain((history) => anyOrder(history.events).map((events) => ({ ...history, events }))),
        fc.integer({ min: 1, max: 4 }),
        async ({ events, stillThere, end }, size) => {
          const sn = fresh()
          for (let at = 0; at < events.length; at += size)
            await ingest(
              ...events
                .slice(at, at + size)
                .map(({ kind, version, at: time, heardAt }) =>
                  message(sn, 'connection', event(kind, version, time), heardAt),
                ),
            )
          assert.equal(standingOf(await known(sn), end).state, stillThere ? 'online' : 'offline')
        },
      ),
      rounds(40),
    ))

  it('is that of the relay’s last message, with the machine’s own firmware, in any order', async () => {
    const said = [0, 1, 2, 3].flatMap((n) => [
      { about: 'relay' as const, at: seconds(n), payload: { online: n % 2 === 1, aircraft: [`AIR${n}`] } },
      { about: 'firmware' as const, at: seconds(n), payload: { data: { firmware_version: `1.${n}` } } },
    ])
    await fc.assert(
      fc.asyncProperty(anyOrder(said), async (order) => {
        const sn = fresh()
        for (const { about, at, payload } of order)
          await ingest(message(sn, about, payload, at, `receipt-${at}`))
        const { registers } = await known(sn)
        assert.deepEqual(
          [registers.relay?.online, registers.relay?.aircraft, registers.firmware?.version],
          [true, ['AIR3'], '1.3'],
        )
      }),
      rounds(20),
    )
  })

  it('of a batch is one write for each register of a dock, and one for what that has changed', async () => {
    const sn = fresh()
    world.used.length = 0
    await ingest(
      ...[1, 2, 3].map((n) => message(sn, 'connection', event('connected', n, seconds(n)), seconds(n))),
      ...[1, 2, 3].map((n) => message(sn, 'relay', { online: true }, seconds(n))),
    )
    assert.equal(
      world.used.reduce((sum, { units }) => sum + units, 0),
      3,
    )
  })

  it('loses none of a thousand docks that reconnect within a minute, at a write an event and one each that comes', async () => {
    const crowded = openTable({ hasRates: false })
    const presence = presenceStore(crowded.table)
    const take = recordPresence({ presence, rejected: rejectedStore(crowded.table), now: () => began })
    const docks = Array.from({ length: 1000 }, (_, n) => `CROWD${n}`)
    const events = docks.flatMap((sn, n) => [
      message(sn, 'connection', event('disconnected', 1, began + n * 60), began + n * 60),
      message(sn, 'connection', event('connected', 2, began + n * 60 + 500), began + n * 60 + 500),
    ])
    const batches = Array.from({ length: events.length / 10 }, (_, n) => events.slice(n * 10, n * 10 + 10))
    const failed = await Promise.all(batches.map((batch) => take(batchOf(...batch))))
    assert.deepEqual(failed.flat(), [])
    assert.equal(crowded.used.filter(({ kind }) => kind === 'write').length, events.length + docks.length)
    const states = (await presence.of(docks)).map((one) => standingOf(one, seconds(600)).state)
    assert.deepEqual(new Set(states), new Set(['online']))
  })

  it('takes a repeat of what was written before writes were counted', async () => {
    const sn = fresh()
    const connected = { version: 3, at: began, heardAt: began }
    const { client, name: TableName } = world.table
    await client.send(new PutCommand({ TableName, Item: { ...presenceKey(sn), connected } }))
    assert.deepEqual(await ingest(message(sn, 'connection', event('connected', 3, began), began)), [])
    const { Item } = await client.send(new GetCommand({ TableName, Key: presenceKey(sn) }))
    assert.equal(Item?.state, 'online')
  })

  it('ignores clients that are no docks, and states without a version', async () => {
    world.used.length = 0
    assert.deepEqual(
      await ingest(
        message('edge-7-1', 'connection', event('connected', 1, seconds(1)), seconds(1)),
        message('sensor_1', 'connection', event('connected', 1, seconds(1)), seconds(1)),
        message('A1', 'firmware', { data: { mode_code: 7 } }, seconds(1)),
        message('A1', 'relay', '', seconds(1)),
      ),
      [],
    )
    assert.equal(world.used.length, 0)
  })

  it('shows what it could not understand, and changes nothing', async () => {
    const sn = fresh()
    await ingest(
      message(sn, 'relay', { online: 'yes' }, seconds(1)),
      message(sn, 'relay', 'hello', seconds(1)),
      message(sn, 'connection', { eventType: 'asleep' }, seconds(1)),
    )
    const { items } = await rejectedStore(world.table).list(sn, 'all', {})
    assert.deepEqual(
      items.map(({ reason, path }) => [reason, path]),
      [
        ['noOnline', 'online'],
        ['notALifecycleEvent', ''],
        ['notJson', ''],
      ],
    )
    assert.deepEqual((await known(sn)).registers, {})
  })

  it('is distinguished from replies and progress in the same queue', () => {
    const reply = queued({ dockSn: 'A', payload: replyPayload('t', { result: 0 }), receivedAt: began })
    const progress = queued({ dockSn: 'A', payload: {}, receivedAt: began, about: 'progress' })
    const other = message('A', 'relay', { online: true }, began)
    const broken = { ...reply, body: 'x' }
    assert.deepEqual(splitBatch(batchOf(reply, progress, other, broken)), {
      own: batchOf(reply, broken),
      progress: batchOf(progress),
      other: batchOf(other),
    })
  })

  it('makes a dock absent only if nothing contradicts that, with one read if it is online', async () => {
    const sn = fresh()
    const store = presenceStore(world.table)
    const isOffline = (second: number) => store.isOffline(sn, seconds(second))
    world.used.length = 0
    assert.equal(await isOffline(0), false, 'nothing is known')
    assert.equal(
      world.used.reduce((sum, { units }) => sum + units, 0),
      1,
    )
    const gone: PresenceRegisters = merge(
      { connected: { version: 1, at: seconds(0), heardAt: seconds(0) } },
      { disconnected: { version: 1, at: seconds(9), heardAt: seconds(9) } },
    )
    await store.record(sn, gone, began)
    assert.equal(await isOffline(68), false)
    assert.equal(await isOffline(69), true)
    await keepHeard(world.table, sn, seconds(200))
    assert.equal(await isOffline(300), false)
  })
})
