import assert from 'node:assert/strict'
import { once } from 'node:events'
import { afterEach, describe, it } from 'node:test'
import * as z from 'zod'
import { readFlightEnd } from '../../protocols/dji-alarms/up.ts'
import { topicsOf } from '../../protocols/dji-dock/topics.ts'
import { offerFirmware } from '../../protocols/dji-firmware/down.ts'
import { debugCommand } from '../../protocols/dji-remote-debug/down.ts'
import type { DeviceMessage } from '../../protocols/message.ts'
import type { DockOptions } from '../../simulator/dock/options.ts'
import { aircraftSn, dockSn, now, startWorld, type World } from './dock-world.ts'

/** Flights of a simulated dock, as our own protocol reads them. */

let world: World
afterEach(() => world?.close())

const Output = z.object({ status: z.string(), progress: z.object({ percent: z.number() }) })
const Told = z.object({ method: z.literal('flighttask_progress'), data: z.object({ output: Output }) })
const told = () =>
  world.reports().flatMap(({ raw }) => {
    const read = Told.safeParse(JSON.parse(raw))
    return read.success ? [`${read.data.data.output.status} ${read.data.data.output.progress.percent}`] : []
  })
const ends = () =>
  world.reports().flatMap(({ raw }) => {
    const read = readFlightEnd(Buffer.from(raw))
    return read.outcome === 'understood' ? [read.fact] : []
  })
const work = () =>
  world.heard
    .filter(({ topic }) => topic === topicsOf(dockSn).osd)
    .map(
      ({ raw }) =>
        z.object({ data: z.object({ mode_code: z.number() }) }).parse(JSON.parse(raw)).data.mode_code,
    )

let time = now
const give = async ({ topic, payload }: DeviceMessage, id: string): Promise<number | undefined> => {
  await world.tell(topic, payload)
  return (await world.until(({ message: { tid } }) => tid === id)).message.data.result
}
/** In the air until it is told to land. */
const takeOff = async (more: Partial<DockOptions> = {}) => {
  time = now
  world = await startWorld({ pace: 3_600_000, now: () => time, ...more })
  const begun = once(world.dock.events, 'flight')
  const isDown = world.dock.fly({ flightId: 'flight-1' })
  await begun
  return { isDown }
}

describe('a dock', () => {
  it('tells how far a flight is, and once that it has ended', async () => {
    world = await startWorld()
    await world.dock.fly({ flightId: 'flight-1', reports: 4 })
    await world.list()
    assert.deepEqual(told(), [0, 25, 50, 75].map((percent) => `in_progress ${percent}`).concat('ok 100'))
    assert.deepEqual(ends(), [{ outcome: 'done', flightId: 'flight-1', dockSn }])
    assert.deepEqual(work(), [4, 0])
  })

  it('ends a flight as it is told to', async () => {
    world = await startWorld()
    await world.dock.fly({ flightId: 'flight-1', end: 'failed' })
    await world.list()
    assert.deepEqual(ends(), [{ outcome: 'failed', flightId: 'flight-1', dockSn, result: 321_513 }])
  })

  it('in flight exports no logs, upgrades nothing and is not debugged; then it does', async () => {
    const { isDown } = await takeOff()
    const ids = { dockSn, processId: 'p', sentAt: now }
    const offer = { url: 'http://127.0.0.1:1/', md5: 'a'.repeat(32), size: 1, fileName: 'a.zip' }
    assert.deepEqual(
      [
        (await world.start({ dock: [1] })).data.result,
        await give(
          offerFirmware({ ...ids, commandId: 'u' }, [
            { ...offer, kind: 'normal', sn: dockSn, version: '10.02.00.00' },
          ]),
          'u',
        ),
        await give(debugCommand({ ...ids, commandId: 'd' }, 'open'), 'd'),
      ],
      [314_000, 312_015, 514_148],
    )
    await assert.rejects(world.dock.fly(), /in flight already/)
    world.dock.land('canceled')
    await isDown
    world.dock.setPace('instant')
    assert.equal((await world.run({ dock: [1] })).data.result, 0)
    assert.deepEqual(ends(), [{ outcome: 'canceled', flightId: 'flight-1', dockSn }])
  })

  it('has its aircraft on in flight, and then a log of it', async () => {
    const { isDown } = await takeOff({ faults: { aircraftOff: true } })
    assert.ok(world.dock.power().isAircraftOn)
    time += 600_000
    world.dock.land()
    await isDown
    assert.ok(!world.dock.power().isAircraftOn)
    time += 600_000
    const { bootIndex, startTime, endTime } = world.dock.boots.aircraft.at(-1) ?? assert.fail()
    assert.deepEqual([bootIndex, startTime, endTime], [3, now, now + 600_000])
  })

  it('raises alarms in the sky in flight, on the log of the flight', async () => {
    const { isDown } = await takeOff()
    world.dock.raiseAlarm({ of: 'aircraft', code: '0x1' })
    const { raw } = await world.until(({ topic }) => topic === topicsOf(aircraftSn).events)
    assert.match(raw, /"in_the_sky":1/)
    assert.equal(world.dock.boots.aircraft.length, 3)
    world.dock.land()
    await isDown
  })

  it('does not fly while it exports, nor in debug mode', async () => {
    time = now
    world = await startWorld({ pace: 3_600_000 })
    await world.start({ dock: [1] })
    await assert.rejects(world.dock.fly(), /exports logs/)
    await world.close()
    world = await startWorld({ faults: { debuggedByOther: true } })
    await assert.rejects(world.dock.fly(), /debug mode/)
  })

  it('that loses power in flight tells no end of it', async () => {
    const { isDown } = await takeOff()
    world.dock.setPace('instant')
    await world.dock.restart()
    await isDown
    await world.list()
    assert.deepEqual(ends(), [])
  })
})
