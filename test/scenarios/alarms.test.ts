import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { silentAfterMs } from '../../lambdas/alarms/alarm.ts'
import { AlarmRecord } from '../../lambdas/alarms/shapes.ts'
import { createClock } from '../../local/clock.ts'
import type { BusEvent } from '../../local/events/pattern.ts'
import { simulatedDock } from '../support/simulated-dock.ts'
import { type Backend, onlyLocal, orDeployed, shareLocal } from '../support/story.ts'

/** What a dock says of its alarms, by broker, rule and queue, as operators see it. */

const clock = createClock()
const seen: BusEvent[] = []
const shared = shareLocal({ clock, onEvent: (event) => void seen.push(event) })

const Alarms = z.object({ items: z.array(AlarmRecord) })

const watched = (backend: Backend, dockSn: string) => async (state?: 'standing' | 'cleared') => {
  const query = state ? `?state=${state}` : ''
  return Alarms.parse(await backend.must('GET', `/v1/docks/${dockSn}/alarms${query}`)).items
}
const Told = z.object({ detail: z.object({ type: z.string(), subject: z.string() }) })
const wind = '0x16100083'
const motor = '0x1B030019'

test('alarms of a dock and its aircraft', async (t) => {
  const backend = await orDeployed(shared)(t)

  await t.test('are shown while they stand, and cleared by the next list', async (t) => {
    const dock = await simulatedDock(t, backend)
    const alarms = watched(backend, dock.dockSn)
    dock.device.raiseAlarm({ code: wind, level: 1, imminent: true })
    dock.device.raiseAlarm({ of: 'aircraft', code: motor, sensor: 63, inTheSky: true })
    const both = await backend.until(alarms, (all) => all.length === 2)
    assert.deepEqual(
      both.map(({ sn, code, level, sensor, state }) => [sn, code, level, sensor, state]).sort(),
      [
        [dock.dockSn, wind, 'caution', 0, 'standing'],
        [dock.device.aircraftSn, motor, 'warning', 63, 'standing'],
      ].sort(),
    )
    dock.device.raiseAlarm({ of: 'aircraft', code: wind })
    // Of two lists in the same millisecond nobody knows which is the later one, until the next.
    await backend.until(
      () => alarms('standing'),
      (all) => all.length === 3,
    )
    dock.device.clearAlarm('aircraft', motor)
    const [cleared] = await backend.until(
      () => alarms('cleared'),
      (all) => all.length === 1,
    )
    assert.deepEqual([cleared?.code, cleared?.sn], [motor, dock.device.aircraftSn])
    assert.equal((await alarms('standing')).length, 2)
    // The list lags.
    await backend.until(
      async () => Alarms.parse(await backend.must('GET', '/v1/alarms?state=cleared')).items,
      (all) => all.some(({ dockSn }) => dockSn === dock.dockSn),
    )
  })
})

test('by time', { skip: onlyLocal }, async (t) => {
  const backend = await shared(t)
  const told = (subject: string) =>
    seen
      .map((event) => Told.parse(event))
      .flatMap(({ detail }) => (detail.subject.startsWith(subject) ? detail.type : []))

  await t.test('the last alarm clears, for nothing tells that none stands', async (t) => {
    const dock = await simulatedDock(t, backend)
    const alarms = watched(backend, dock.dockSn)
    dock.device.raiseAlarm({ code: wind })
    await backend.until(
      () => alarms('standing'),
      (all) => all.length === 1,
    )
    dock.device.clearAlarm()
    await backend.tick()
    assert.equal((await alarms('standing')).length, 1)
    clock.advance(silentAfterMs + 60_000)
    await backend.tick()
    await backend.until(
      () => alarms('cleared'),
      (all) => all.length === 1,
    )
    await backend.until(
      async () => told(`docks/${dock.dockSn}/alarms`),
      (types) => types.includes('groundcrew.alarm.cleared.v1'),
    )
    // Events may come twice.
    assert.deepEqual(
      [...new Set(told(`docks/${dock.dockSn}/alarms`))],
      ['groundcrew.alarm.raised.v1', 'groundcrew.alarm.cleared.v1'],
    )
  })

  await t.test('a flight is told to others when it has ended', async (t) => {
    const dock = await simulatedDock(t, backend)
    await dock.device.fly({ end: 'canceled' })
    await backend.until(
      async () => told(`docks/${dock.dockSn}`),
      (types) => types.includes('groundcrew.flight.ended.v1'),
    )
  })
})
