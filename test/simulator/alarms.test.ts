import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { flightOutcomes } from '../../protocols/dji-alarms/facts.ts'
import { finalStatuses } from '../../protocols/dji-alarms/topics.ts'
import { readAlarms, readFlightEnd } from '../../protocols/dji-alarms/up.ts'
import { type DockHandle, startDock } from '../../simulator/dock/dock.ts'
import { flightEnds } from '../../simulator/dock/online/flight-state.ts'
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
    mqttUrl: mqtt.url,
    dockSn,
    aircraftSn,
    pace: 'instant',
    now: () => now,
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

describe('what a dock with alarms has besides', () => {
  it('is a log of the moment, which it can be asked for', async () => {
    let time = now
    const world = await startWorld({ now: () => time })
    undo.push(world.close)
    const newest = () => world.dock.boots.dock.at(-1) ?? assert.fail()
    world.dock.raiseAlarm({ code: '0x1' })
    const { bootIndex, startTime } = newest()
    assert.ok(startTime <= now - 600_000)
    time += 120_000
    assert.equal(newest().endTime, time)
    world.dock.raiseAlarm({ code: '0x2' })
    assert.equal(newest().bootIndex, bootIndex)
    assert.equal((await world.run({ dock: [bootIndex] })).data.result, 0)
    assert.deepEqual(world.dock.archives.at(-1)?.bootIndexes, [bootIndex])
    await world.dock.restart()
    time += 120_000
    assert.equal(newest().endTime, time - 120_000)
    world.dock.raiseAlarm({ code: '0x1' })
    assert.deepEqual([newest().bootIndex, newest().startTime], [bootIndex + 1, time - 120_000])
  })

  it('is nothing new where a log covers the moment already', async () => {
    const world = await startWorld({ now: () => now - 5_000_000 })
    undo.push(world.close)
    world.dock.raiseAlarm({ code: '0x1' })
    assert.equal(world.dock.boots.dock.length, 3)
  })
})

describe('a storm', () => {
  it('comes in one message, with as many alarms as the vendor lets it', async () => {
    const { dock, lists, until } = await begin()
    dock.storm(10)
    dock.storm(30)
    await until(2)
    assert.deepEqual(
      lists.map((list) => new Set(list.split(', ')).size),
      [10, 20],
    )
  })
})

describe('an aircraft that is off', () => {
  it('says nothing of its alarms', async () => {
    const { dock, lists, until, turn } = await begin()
    await dock.setFaults({ aircraftOff: true })
    dock.raiseAlarm({ of: 'aircraft', code: '0x1' })
    dock.raiseAlarm({ code: '0x2' })
    await until(1)
    assert.deepEqual(lists, ['dock 0x2 warning'])
    await dock.setFaults({})
    turn()
    await until(3)
    assert.ok(lists.includes('aircraft 0x1 warning'))
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
