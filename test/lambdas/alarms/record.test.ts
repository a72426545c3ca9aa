import '../../support/quiet-logs.ts'

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  alarmId,
  maxKept,
  minKeptMs,
  raisePace,
  type StoredAlarm,
  seenEveryMs,
  silentAfterMs,
} from '../../../lambdas/alarms/alarm.ts'
import { alarmChanges, flightChanges } from '../../../lambdas/alarms/changes.ts'
import { flightStore, maxFlightsAnHour } from '../../../lambdas/alarms/flights.ts'
import { recordAlarms } from '../../../lambdas/alarms/record.ts'
import { AlarmRecord, EndedFlight } from '../../../lambdas/alarms/shapes.ts'
import { alarmDueKind, alarmStore } from '../../../lambdas/alarms/store.ts'
import { sweepAlarms } from '../../../lambdas/alarms/sweep.ts'
import { whoseMessage } from '../../../lambdas/alarms/whose.ts'
import { connectDocks } from '../../../lambdas/docks/machines.ts'
import { dockStore } from '../../../lambdas/registry/store.ts'
import { rejectedStore } from '../../../lambdas/rejected/store.ts'
import { dueItems } from '../../../lambdas/sweeps/due-items.ts'
import { dockKey } from '../../../lambdas/table/keys.ts'
import { batchOf, queued } from '../../support/dock-messages.ts'
import { recordedChanges } from '../../support/recorded-changes.ts'
import { openTable } from '../../support/table.ts'

const began = 1_800_000_000_000
const seconds = 1_000
const wind = { code: '0x16100083', level: 1, module: 3, imminent: 1 }
const motor = { code: '0x1B030019', level: 2, module: 3 }

describe('alarms that docks report', () => {
  const world = openTable()

  let docks = 0
  /** A registered dock with its aircraft, and copies of the function that hear both. */
  const dock = async (fleet = 'north') => {
    const [dockSn, aircraftSn] = [`ALARMDOCK${docks}`, `ALARMAIR${docks++}`]
    const changes = recordedChanges(world.table, () => began)
    const { table } = changes
    await dockStore(table).register(dockSn, { aircraftSn, fleet }, 'all', began)
    const copy = () =>
      recordAlarms({
        alarms: alarmStore(table),
        flights: flightStore(table),
        whose: whoseMessage({ docks: dockStore(table), machines: connectDocks(table), now: () => began }),
        rejected: rejectedStore(table),
      })
    const said = (at: number, list: readonly object[], sn = dockSn, gateway = dockSn) =>
      queued({
        dockSn: sn,
        receivedAt: began + at,
        payload: { method: 'hms', tid: 't', bid: 'b', gateway, data: { list } },
      })
    const hear = copy()
    /** Of each change that was told of an alarm: what, and its code. */
    const told = async () => {
      const events = await Promise.all(
        changes.changes
          .filter(({ key }) => key.pk === dockKey(dockSn).pk && alarmChanges.concerns(key))
          .map(({ key, before: earlier, after: now }) =>
            alarmChanges.eventsOf(
              { key, ...(earlier && { before: earlier }), ...(now && { after: now }), at: began },
              async () => [],
            ),
          ),
      )
      return events.flat().map(({ type, record, fleet, subject }) => {
        assert.deepEqual([fleet, subject], ['north', `docks/${dockSn}/alarms`])
        const { code, sn } = AlarmRecord.parse(record)
        return `${type.split('.')[2]} ${sn === dockSn ? 'dock' : 'aircraft'} ${code}`
      })
    }
    return {
      dockSn,
      aircraftSn,
      table,
      changes,
      copy,
      told,
      said,
      hear: (...records: Parameters<typeof batchOf>) => hear(batchOf(...records)),
      known: () => alarmStore(table).ofDock(dockSn, undefined),
      sweep: (at: number) =>
        sweepAlarms({
          alarms: alarmStore(table),
          due: dueItems(table, alarmDueKind),
          now: () => began + at,
        })(),
    }
  }
  const stateOf = ({ code, state, raisedAt, clearedAt }: StoredAlarm) => ({
    code,
    state,
    raisedAt: raisedAt - began,
    ...(clearedAt === undefined ? {} : { clearedAt: clearedAt - began }),
  })

  it('are raised once, and cleared by the next that lacks them', async () => {
    const { hear, said, told, known } = await dock()
    assert.deepEqual(await hear(said(0, [wind, motor]), said(2, [wind, motor])), [])
    await hear(said(4, [wind]))
    assert.deepEqual(await told(), [
      `raised dock ${wind.code}`,
      `raised dock ${motor.code}`,
      `cleared dock ${motor.code}`,
    ])
    assert.deepEqual(
      (await known()).map(stateOf).find(({ code }) => code === motor.code),
      { code: motor.code, state: 'cleared', raisedAt: 0, clearedAt: 4 },
    )
  })

  it('on an aircraft’s topic belong to the aircraft, and to the dock that the message names', async () => {
    const { hear, said, told, aircraftSn, known } = await dock()
    await hear(said(0, [motor], aircraftSn))
    assert.deepEqual(await told(), [`raised aircraft ${motor.code}`])
    assert.equal((await known())[0]?.sn, aircraftSn)
  })

  it('are rejected if the aircraft is not known to be the dock’s', async () => {
    const one = await dock()
    const other = await dock()
    await one.hear(one.said(0, [motor], other.aircraftSn), one.said(0, [motor], one.aircraftSn, other.dockSn))
    assert.deepEqual([await one.known(), await other.known()], [[], []])
    const { items } = await rejectedStore(one.table).list(other.aircraftSn, 'all', {})
    assert.deepEqual(
      items.map(({ reason, path }) => [reason, path]),
      [['notItsDock', 'gateway']],
    )
  })

  for (const order of ['first', 'last'] as const)
    it(`are the dock’s that has the aircraft, where another speaks of it ${order} in the same batch`, async () => {
      const one = await dock()
      const other = await dock()
      const own = (at: number) => one.said(at, [wind], one.aircraftSn)
      const forged = (at: number) => one.said(at, [motor], one.aircraftSn, other.dockSn)
      await one.hear(...(order === 'first' ? [forged(0), own(1)] : [own(0), forged(1)]))
      assert.deepEqual(await one.told(), [`raised aircraft ${wind.code}`])
      assert.deepEqual(await other.known(), [])
      const { items } = await rejectedStore(one.table).list(one.aircraftSn, 'all', {})
      assert.deepEqual(
        items.map(({ reason }) => reason),
        ['notItsDock'],
      )
    })

  it('of an unregistered dock are not kept', async () => {
    const { hear, said, table } = await dock()
    assert.deepEqual(await hear(said(0, [motor], 'NOBODYSDOCK', 'NOBODYSDOCK')), [])
    assert.deepEqual(await alarmStore(table).ofDock('NOBODYSDOCK', undefined), [])
  })

  it('that are repeated cost nothing for a while, then one write', async () => {
    const { hear, said, changes } = await dock()
    await hear(said(0, [wind]))
    const before = changes.changes.length
    for (let at = 2 * seconds; at < seenEveryMs; at += 2 * seconds) await hear(said(at, [wind]))
    assert.equal(changes.changes.length, before)
    await hear(said(seenEveryMs, [wind]))
    assert.equal(changes.changes.length, before + 1)
  })

  it('are raised once by instances of the function that get the same, in any order', async () => {
    const { copy, said, told, known } = await dock()
    const all = [said(0, [wind]), said(2, [wind, motor]), said(4, [motor])]
    const copies = [copy(), copy(), copy()]
    await Promise.all(copies.flatMap((hear) => all.map((record) => hear(batchOf(record)))))
    for (const hear of copies) await hear(batchOf(...all))
    const raised = (await told()).filter((one) => one === `raised dock ${motor.code}`)
    assert.equal(raised.length, 1)
    const standing = (await known()).filter(({ state }) => state === 'standing')
    assert.deepEqual(
      standing.map(({ code }) => code),
      [motor.code],
    )
  })

  it('clear when they have not been reported for long enough, and only then', async () => {
    const { hear, said, sweep, known, told } = await dock()
    await hear(said(0, [wind]))
    await hear(said(60 * seconds, [wind]))
    await sweep(silentAfterMs)
    assert.equal((await known())[0]?.state, 'standing')
    const endsAt = 60 * seconds + silentAfterMs
    await sweep(endsAt - 1)
    assert.equal((await known())[0]?.state, 'standing')
    await sweep(endsAt)
    await sweep(endsAt + 60 * seconds)
    assert.deepEqual((await known()).map(stateOf), [
      { code: wind.code, state: 'cleared', raisedAt: 0, clearedAt: endsAt },
    ])
    assert.deepEqual(await told(), [`raised dock ${wind.code}`, `cleared dock ${wind.code}`])
  })

  it('are raised again after they cleared, each once in a minute', async () => {
    const { hear, said, known, told } = await dock()
    await hear(said(0, [wind]), said(10, [motor]))
    await hear(said(20, [wind, motor]))
    await hear(said(raisePace.ms - 1, [wind, motor]))
    assert.equal((await told()).filter((one) => one === `raised dock ${wind.code}`).length, 1)
    await hear(said(raisePace.ms, [wind, motor]))
    assert.equal((await told()).filter((one) => one === `raised dock ${wind.code}`).length, 2)
    assert.equal((await known()).find(({ code }) => code === wind.code)?.raisedAt, began + raisePace.ms)
  })

  it('are limited per machine, and new ones replace those that cleared first, a day after a flood', async () => {
    const { hear, said, known } = await dock()
    const made = (from: number) =>
      Array.from({ length: raisePace.max }, (_, n) => ({ ...motor, code: `made-${from + n}` }))
    for (let from = 0; from <= maxKept; from += raisePace.max)
      await hear(said((from / raisePace.max) * raisePace.ms, made(from)))
    assert.equal((await known()).length, maxKept)
    const after = (maxKept / raisePace.max + 1) * raisePace.ms
    await hear(said(after, [wind]), said(after + minKeptMs / 2, [wind]))
    assert.ok(!(await known()).some(({ code }) => code === wind.code))
    await hear(said(after + minKeptMs + seconds, [wind]))
    const codes = (await known()).map(({ code }) => code)
    assert.equal(codes.length, maxKept)
    assert.ok(codes.includes(wind.code))
    assert.ok(!codes.includes('made-0'))
    await hear(said(after + 2 * minKeptMs, [wind, { ...motor, code: 'made-0' }]))
    assert.equal((await known()).filter(({ state }) => state === 'standing').length, 2)
  })

  it('are limited per machine and minute, and the rest is raised when reported later', async () => {
    const { hear, said, known, changes } = await dock()
    const made = (from: number) =>
      Array.from({ length: 100 }, (_, n) => ({ ...motor, code: `made-${from + n}` }))
    for (let n = 0; n < 30; n += 1) await hear(said(2 * n * seconds, made(100 * (n % 2))))
    const written = changes.changes.filter((change) => alarmChanges.concerns(change.key)).length
    assert.ok(written <= 2 * raisePace.max, `${written} writes`)
    await hear(said(raisePace.ms, made(0)), said(raisePace.ms + 2 * seconds, made(0)))
    await hear(said(2 * raisePace.ms + 4 * seconds, made(0)))
    assert.equal((await known()).filter(({ state }) => state === 'standing').length, 100)
  })

  it('are listed across docks, only of the caller’s fleets', async () => {
    const { hear, said, table } = await dock('east')
    await hear(said(0, [wind, motor]), said(2, [wind]))
    const of = async (fleet: string, state: 'standing' | 'cleared') =>
      (await alarmStore(table).list({ fleets: [fleet], state }, {})).items.map(({ code }) => code)
    assert.deepEqual(await of('east', 'standing'), [wind.code])
    assert.deepEqual(await of('east', 'cleared'), [motor.code])
    assert.deepEqual(await of('south', 'standing'), [])
  })
})

describe('a write of an alarm, by a function that was overtaken,', () => {
  const machine = { dockSn: 'OVERTAKEN', sn: 'OVERTAKEN', fleet: 'north' }
  const alarm = {
    code: motor.code,
    level: 'warning' as const,
    module: 'device' as const,
    imminent: false,
    inTheSky: false,
    component: 0,
    sensor: 0,
  }
  const made = () => {
    const alarms = alarmStore(openTable().table)
    const known = async () =>
      (await alarms.ofDock(machine.dockSn, undefined)).map(({ state, raisedAt, seenAt, clearedAt }) => [
        state,
        raisedAt,
        seenAt,
        clearedAt,
      ])
    return { ...alarms, known }
  }

  it('does not raise again what has cleared since', async () => {
    const { write, known } = made()
    await write(machine, { alarm, raisedAt: 1, seenAt: 1, clearedAt: 4 })
    await write(machine, { alarm, raisedAt: 3, seenAt: 3 })
    assert.deepEqual(await known(), [['cleared', 1, 1, 4]])
  })

  it('does not clear what was seen since', async () => {
    const { write, known } = made()
    await write(machine, { alarm, raisedAt: 1, seenAt: 1 })
    await write(machine, { alarm, seenAt: 6 })
    await write(machine, { alarm, seenAt: 1, clearedAt: 5 })
    await write(machine, { alarm, seenAt: 4 })
    assert.deepEqual(await known(), [['standing', 1, 6, undefined]])
  })

  it('changes nothing of one that has cleared', async () => {
    const { write, known } = made()
    await write(machine, { alarm, raisedAt: 1, seenAt: 1, clearedAt: 4 })
    await write(machine, { alarm, seenAt: 6 })
    await write(machine, { alarm, seenAt: 6, clearedAt: 7 })
    assert.deepEqual(await known(), [['cleared', 1, 1, 4]])
  })

  it('does not give up one that stands again', async () => {
    const { write, giveUp, known } = made()
    await write(machine, { alarm, raisedAt: 1, seenAt: 1 })
    await giveUp(machine, alarmId(alarm))
    assert.deepEqual(await known(), [['standing', 1, 1, undefined]])
  })
})

describe('flights that docks report', () => {
  const world = openTable()

  it('end once, however often that is reported, and again when the task is flown again', async () => {
    const changes = recordedChanges(world.table, () => began)
    const { table } = changes
    await dockStore(table).register('FLIGHTDOCK', { aircraftSn: 'AIR1', fleet: 'north' }, 'all', began)
    const hear = recordAlarms({
      alarms: alarmStore(table),
      flights: flightStore(table),
      whose: whoseMessage({ docks: dockStore(table), machines: connectDocks(table), now: () => began }),
      rejected: rejectedStore(table),
    })
    const ended = (at: number, status: string) =>
      queued({
        dockSn: 'FLIGHTDOCK',
        receivedAt: began + at,
        payload: {
          method: 'flighttask_progress',
          tid: 't',
          bid: 'flight-1',
          gateway: 'FLIGHTDOCK',
          data: { result: 0, output: { status, ext: { flight_id: 'flight-1' } } },
        },
      })
    await hear(batchOf(ended(0, 'in_progress'), ended(1_000, 'ok'), ended(2_000, 'ok')))
    await hear(batchOf(ended(3_000, 'failed')))
    await hear(batchOf(ended(3_600_000, 'canceled')))
    const flights = changes.changes.filter(({ key }) => flightChanges.concerns(key))
    const told = await Promise.all(
      flights.map(({ key, before: earlier, after: now }) =>
        flightChanges.eventsOf(
          { key, ...(earlier && { before: earlier }), ...(now && { after: now }), at: began },
          async () => [],
        ),
      ),
    )
    assert.deepEqual(
      told.flat().map(({ record, fleet }) => ({ ...EndedFlight.parse(record), fleet })),
      ['done', 'canceled'].map((outcome, n) => ({
        dockSn: 'FLIGHTDOCK',
        aircraftSn: 'AIR1',
        flightId: 'flight-1',
        outcome,
        fleet: 'north',
        endedAt: new Date(began + (n === 0 ? 1_000 : 3_600_000)).toISOString(),
      })),
    )
  })

  it('are no more in an hour than a dock can fly: the rest is rejected, and is no event', async () => {
    const changes = recordedChanges(world.table, () => began)
    const { table } = changes
    const dockSn = 'FLOODOFFLIGHTS'
    await dockStore(table).register(dockSn, {}, 'all', began)
    const rejected = rejectedStore(table)
    const hear = recordAlarms({
      alarms: alarmStore(table),
      flights: flightStore(table),
      whose: whoseMessage({ docks: dockStore(table), machines: connectDocks(table), now: () => began }),
      rejected,
    })
    const ended = (n: number, at: number) =>
      queued({
        dockSn,
        receivedAt: began + at,
        payload: {
          method: 'flighttask_progress',
          tid: 't',
          bid: `flight-${n}`,
          gateway: dockSn,
          data: { result: 0, output: { status: 'ok' } },
        },
      })
    const flights = (from: number, at: number) =>
      batchOf(...Array.from({ length: 70 }, (_, n) => ended(from + n, at)))
    const ends = () => changes.changes.filter(({ key }) => flightChanges.concerns(key)).length
    assert.deepEqual(await hear(flights(0, 0)), [])
    assert.equal(ends(), maxFlightsAnHour)
    // A repeat of one that counted is none too many.
    assert.deepEqual(await hear(batchOf(ended(0, 1_000))), [])
    const { items } = await rejected.list(dockSn, 'all', {})
    assert.deepEqual(
      items.map(({ reason, path, count }) => [reason, path, count]),
      [['tooManyFlights', '', 70 - maxFlightsAnHour]],
    )
    assert.deepEqual(await hear(flights(100, 3_600_000)), [])
    assert.equal(ends(), 2 * maxFlightsAnHour)
  })
})
