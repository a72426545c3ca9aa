import assert from 'node:assert/strict'
import { once } from 'node:events'
import { afterEach, describe, it } from 'node:test'
import * as z from 'zod'
import { acknowledgeEvent } from '../../protocols/dji-dock/down.ts'
import { debugCommand } from '../../protocols/dji-remote-debug/down.ts'
import type { DebugCommand } from '../../protocols/dji-remote-debug/facts.ts'
import { readPowerProgress } from '../../protocols/dji-remote-debug/up.ts'
import type { Faults } from '../../simulator/dock/faults.ts'
import { dockSn, now, startWorld, type World } from './dock-world.ts'

/** A simulated dock in debug mode, told what our own protocol says. */

let world: World
afterEach(() => world?.close())

const begin = async (faults: Faults = { aircraftOff: true }, more: Parameters<typeof startWorld>[0] = {}) => {
  world = await startWorld({ faults, ...more })
}

const Reply = z.object({ result: z.number() })
let commands = 0
const give = async (command: DebugCommand): Promise<number> => {
  commands += 1
  const ids = { dockSn, commandId: `debug-${commands}`, processId: `process-${commands}`, sentAt: now }
  const { topic, payload } = debugCommand(ids, command)
  await world.tell(topic, payload)
  const { message } = await world.until(({ message: { tid } }) => tid === ids.commandId)
  return Reply.parse(message.data).result
}
/** Gives it, and waits until the dock has done it, or has failed. */
const finish = async (command: 'wake' | 'sleep'): Promise<number> => {
  const ended = new Promise<void>((resolve) => {
    world.dock.events.on('power', ({ status }) => {
      if (status === 'ok' || status === 'failed') resolve()
    })
  })
  const result = await give(command)
  if (result === 0) await ended
  await world.list()
  return result
}
const progress = () =>
  world.reports().flatMap(({ raw }) => {
    const read = readPowerProgress(dockSn, Buffer.from(raw))
    return read.outcome === 'understood' ? read.fact : []
  })
const listed = async (): Promise<number | undefined> => (await world.list()).data.files?.[0]?.result

describe('a dock', () => {
  it('switches its aircraft on in debug mode, whose logs can be had then, and off again', async () => {
    await begin()
    assert.equal(await listed(), 324_015)
    assert.deepEqual([await give('open'), await finish('wake'), await listed()], [0, 0, 0])
    assert.deepEqual(
      progress().map(({ status, end, percent }) => `${end ?? status} ${percent}`),
      ['sent 0', 'running 20', 'running 60', 'running 90', 'done 100'],
    )
    assert.deepEqual(world.dock.power(), { isDebugging: true, isAircraftOn: true })
    assert.deepEqual([await finish('sleep'), await give('close'), await listed()], [0, 0, 324_015])
    assert.deepEqual(world.dock.power(), { isDebugging: false, isAircraftOn: false })
  })

  it('does nothing of it outside of debug mode, and opens that once', async () => {
    await begin()
    assert.deepEqual(
      [await give('wake'), await give('sleep'), await give('close')],
      [514_153, 514_153, 514_153],
    )
    assert.deepEqual([await give('open'), await give('open')], [0, 514_146])
  })

  it('does one thing at a time', async () => {
    await begin({ aircraftOff: true }, { pace: 3_600_000 })
    assert.deepEqual([await give('open'), await give('wake'), await give('sleep')], [0, 0, 514_116])
  })

  const refusals: [Faults, DebugCommand, number][] = [
    [{ refuseDebug: 514_148 }, 'open', 514_148],
    [{ debuggedByOther: true }, 'open', 514_146],
    [{ refuseWake: 514_123 }, 'wake', 514_123],
    [{ refuseClose: 514_116 }, 'close', 514_116],
  ]
  for (const [faults, command, code] of refusals)
    it(`with ${Object.keys(faults)} answers ${code}`, async () => {
      await begin({ aircraftOff: true, ...faults })
      if (command !== 'open') await give('open')
      assert.equal(await give(command), code)
    })

  it('in debug mode by somebody else can be taken out of it', async () => {
    await begin({ debuggedByOther: true })
    assert.deepEqual([await give('close'), await give('open')], [0, 0])
  })

  it('fails while it switches the aircraft on', async () => {
    await begin({ aircraftOff: true, failWake: 514_109 })
    await give('open')
    await finish('wake')
    const { end, result } = progress().at(-1) ?? {}
    assert.deepEqual([end, result, world.dock.power().isAircraftOn], ['failed', 514_109, false])
  })

  it('that loses power in the middle is out of debug mode, and says nothing of its aircraft', async () => {
    await begin({ aircraftOff: true }, { pace: 3_600_000 })
    await give('open')
    await give('wake')
    world.dock.setPace('instant')
    const online = once(world.dock.events, 'idle')
    // The tick of an hour has begun; the power is cut all the same.
    await world.dock.restart()
    await online
    assert.deepEqual([await give('wake'), await listed()], [514_153, 324_015])
    assert.equal(
      progress().some(({ end }) => end !== undefined),
      false,
    )
  })

  it('repeats what it says of its aircraft until somebody acknowledges it', async () => {
    await begin({ aircraftOff: true }, { needReply: true, pace: 1 })
    await give('open')
    await finish('wake')
    const isDone = (raw: string) => {
      const read = readPowerProgress(dockSn, Buffer.from(raw))
      return read.outcome === 'understood' && read.fact.end === 'done' ? read.fact : undefined
    }
    const first = await world.until(({ raw }) => isDone(raw) !== undefined)
    const again = await world.until((heard) => heard !== first && isDone(heard.raw) !== undefined)
    const answerTo = isDone(again.raw)?.acknowledge
    assert.ok(answerTo)
    const { topic, payload } = acknowledgeEvent({ sn: dockSn, answerTo, sentAt: now })
    await world.tell(topic, payload)
  })
})
