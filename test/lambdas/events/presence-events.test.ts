import '../../support/quiet-logs.ts'

import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { presenceDueKind } from '../../../lambdas/presence/project.ts'
import type { PresenceRegisters } from '../../../lambdas/presence/registers.ts'
import { Presence } from '../../../lambdas/presence/shapes.ts'
import { standingOf } from '../../../lambdas/presence/state.ts'
import { presenceStore } from '../../../lambdas/presence/store.ts'
import { sweepPresence } from '../../../lambdas/presence/sweep.ts'
import { dockStore } from '../../../lambdas/registry/store.ts'
import { dueItems } from '../../../lambdas/sweeps/due-items.ts'
import { inShort, once, publishedEvents, recordedChanges } from '../../support/recorded-changes.ts'
import { rounds } from '../../support/rounds.ts'
import { openTable } from '../../support/table.ts'

const began = 1_800_000_000_000
const [minute, hour] = [60_000, 3_600_000]

suite('An event of presence', () => {
  const begin = async ({ registered = true } = {}) => {
    const clock = { now: began }
    const { table } = openTable()
    const recorded = recordedChanges(table, () => clock.now)
    const sn = 'HERE1'
    if (registered) await dockStore(table).register(sn, { fleet: 'north' }, 'all', began)
    const presence = presenceStore(recorded.table)
    const sweep = sweepPresence({
      presence,
      due: dueItems(recorded.table, presenceDueKind),
      now: () => clock.now,
    })
    const relay = (online: boolean, at: number): PresenceRegisters => ({
      relay: { order: String(at).padStart(16, '0'), heardAt: at, online, aircraft: ['AIR1'], firmware: {} },
    })
    return {
      table,
      clock,
      sn,
      relay,
      recorded,
      connected: (version: number, at = clock.now) => ({ connected: { version, at, heardAt: at } }),
      disconnected: (version: number, at = clock.now) => ({ disconnected: { version, at, heardAt: at } }),
      record: (facts: PresenceRegisters) => presence.record(sn, facts, clock.now),
      /** The clock goes on by whole minutes, each with its sweep. */
      pass: async (minutes: number) => {
        for (let n = 0; n < minutes; n++) {
          clock.now += minute
          await sweep()
        }
      },
      published: async () => once(await publishedEvents(table, recorded.records)),
    }
  }

  test('is published when a dock comes, is gone for more than a minute, and comes back; a short gap makes none', async () => {
    const { clock, sn, record, connected, disconnected, pass, published } = await begin()
    await record(connected(1))
    await pass(1)
    await record(disconnected(1))
    clock.now += 20_000
    await record(connected(2))
    await pass(3)
    await record(disconnected(2))
    await pass(2)
    await record(connected(3))
    const all = await published()
    assert.deepEqual(all.map(inShort), [
      'presence.online',
      'presence.offline after online',
      'presence.online after offline',
    ])
    for (const { subject, fleet, data, type } of all) {
      assert.deepEqual([subject, fleet, data.record.dockSn], [`docks/${sn}`, 'north', sn])
      assert.equal(`groundcrew.presence.${Presence.parse(data.record.presence).state}.v1`, type)
    }
  })

  test('is `unknown` after a relay has been silent for two hours; its repeats cost no further write', async () => {
    const { clock, record, relay, pass, published, recorded } = await begin()
    await record(relay(true, began))
    for (let n = 1; n <= 3; n++) {
      await pass(60)
      await record(relay(true, clock.now))
    }
    // Each word is a write; the time of the first was over once, and was put off.
    assert.ok(recorded.changes.length <= 4 + 3, `${recorded.changes.length}`)
    await pass(121)
    assert.deepEqual((await published()).map(inShort), ['presence.online', 'presence.unknown after online'])
  })

  test('is not published for unregistered clients, nor for the firmware of an aircraft', async () => {
    const stranger = await begin({ registered: false })
    await stranger.record(stranger.connected(1))
    const aircraft = await begin()
    await aircraft.record({ firmware: { order: '1', heardAt: began, version: '1.2' } })
    assert.deepEqual([...(await stranger.published()), ...(await aircraft.published())], [])
  })

  test('is last the state of the registers, in whatever order signs come and sweeps run', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            sign: fc.constantFrom('connected', 'disconnected', 'online', 'offline'),
            late: fc.constantFrom(0, 5_000, hour),
            version: fc.integer({ min: 1, max: 3 }),
            pass: fc.constantFrom(0, 0, 1, 3, 125),
          }),
          { minLength: 1, maxLength: 8 },
        ),
        async (signs) => {
          const { table, clock, sn, record, relay, pass, published, ...make } = await begin()
          for (const { sign, late, version, pass: minutes } of signs) {
            const at = clock.now - late
            if (sign === 'connected' || sign === 'disconnected') await record(make[sign](version, at))
            else await record(relay(sign === 'online', at))
            await pass(minutes)
          }
          await pass(1)
          const [known] = await presenceStore(table).of([sn], true)
          const { state } = standingOf(known ?? assert.fail(), clock.now)
          const all = await published()
          assert.equal(all.at(-1)?.type.split('.')[2] ?? 'unknown', state)
          for (const [n, { data }] of all.entries())
            assert.equal(data.previous?.state, n === 0 ? undefined : all[n - 1]?.type.split('.')[2])
        },
      ),
      rounds(30),
    ))
})
