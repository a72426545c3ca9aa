import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { flightOutcomes } from '../../protocols/dji-alarms/facts.ts'
import { finalStatuses } from '../../protocols/dji-alarms/topics.ts'
import { readAlarms, readFlightEnd } from '../../protocols/dji-alarms/up.ts'
import { type DockHandle, startDock } from '../../simulator/dji-dock.ts'
import { flightEnds } from '../../simulator/online/flights.ts'
import { understood } from '../protocols/dji-remote-log/payload.ts'
import { aircraftSn, dockSn, now, startBroker, startWorld } from './dock-world.ts'

/** A simulated dock's alarms and flights, read as our own protocol reads them. */

const undo: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

/** A dock, and the lists of alarms that the broker has of it; `turn` is two seconds of its day. */
const begin = async () => {
  const mqtt = await startBroker()
  undo.push(mqtt.close)
  const lists: string[] = []
  const waiting = new Set<() => void>()
  mqtt.broker.on('publish', ({ topic, payload }) => {
    const [, , sn] = topic.split('/')
    if (!topic.endsWith('/events')) return
    const { alarms, dockSn: gateway } = understood(readAlarms(Buffer.from(payload)))
    assert.equal(gateway, dockSn)
    const machine = sn === aircraftSn ? 'aircraft' : 'dock'
    lists.push(`${machine} ${alarms.map(({ code, level }) => `${code} ${level}`).join(', ')}`.trim())
    for (const wake of waiting) wake()
  })
  const turns = new Set<() => void>()
  const dock: DockHandle = await startDock({
    ...{ mqttUrl: mqtt.url, dockSn, aircraftSn, pace: 'instant', now: () => now },
    wait: (_, stop) =>
      new Promise<void>((resolve, reject) => {
        turns.add(resolve)
        stop?.addEventListener('abort', () => reject(new Error('stopped')))
      }),
  })
  undo.push(dock.close)
  const until = (count: number): Promise<void> =>
    new Promise((resolve) => {
      const look = () => {
        if (lists.length < count) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
  const turn = () => {
    const due = [...turns]
    turns.clear()
    for (const go of due) go()
  }
  return { dock, lists, until, turn }
}

describe('a dock with alarms', () => {
  it('tells all that stand, again and again, each machine’s by itself, and at the end that none does', async () => {
    const { dock, lists, until, turn } = await begin()
    dock.raiseAlarm({ code: '0x16100083', level: 1 })
    dock.raiseAlarm({ of: 'aircraft', code: '0x1B030019', sensor: 63, inTheSky: true })
    await until(2)
    turn()
    await until(4)
    dock.clearAlarm()
    await until(5)
    turn()
    await until(6)
    dock.clearAlarm('aircraft', '0x1B030019')
    await until(7)
    assert.deepEqual(lists.slice(0, 2).sort(), ['aircraft 0x1B030019 warning', 'dock 0x16100083 caution'])
    assert.deepEqual(lists.slice(2, 4).sort(), lists.slice(0, 2).sort())
    assert.deepEqual(lists.slice(4), ['dock', 'aircraft 0x1B030019 warning', 'aircraft'])
  })
})

describe('a flight', () => {
  it('ends in each way that a task can', () => {
    assert.deepEqual([...flightEnds].sort(), Object.keys(finalStatuses).sort())
    assert.equal(flightOutcomes.length, flightEnds.length)
  })

  for (const end of flightEnds)
    it(`tells its steps, and once that it ended with ${end}`, async () => {
      const world = await startWorld()
      undo.push(world.close)
      const flightId = await world.dock.fly({ end })
      await world.until(({ raw }) => readFlightEnd(Buffer.from(raw)).outcome === 'understood')
      const ends = world.reports().flatMap(({ raw }) => {
        const read = readFlightEnd(Buffer.from(raw))
        return read.outcome === 'understood' ? read.fact : []
      })
      assert.deepEqual(
        ends.map(({ flightId: id, outcome, dockSn: sn }) => [id, outcome, sn]),
        [[flightId, finalStatuses[end], dockSn]],
      )
    })

  it('lets the dock export no logs', async () => {
    const world = await startWorld({ pace: 1_000 })
    undo.push(world.close)
    void world.dock.fly().catch(() => {})
    const reply = await world.start({ dock: [1] })
    assert.equal(reply.data.result, 314_000)
  })
})
