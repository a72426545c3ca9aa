import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import * as z from 'zod'
import { DebugMode } from '../../lambdas/debugging/shapes.ts'
import { createClock } from '../../local/clock.ts'
import { topicsOf } from '../../protocols/dji-remote-log/topics.ts'
import type { Faults } from '../../simulator/dock/faults.ts'
import { connectDevice } from '../support/local-run.ts'
import { problemOf } from '../support/problem.ts'
import { simulatedDock } from '../support/simulated-dock.ts'
import { type Backend, onlyLocal, orDeployed, shareLocal } from '../support/story.ts'

/** An aircraft that sleeps is switched on for its logs, and is off again whatever happens. */

const clock = createClock()
const shared = shareLocal({ clock })

const Told = z.object({ method: z.string(), tid: z.string(), bid: z.string() })
type State = z.infer<typeof DebugMode>['state']

const sleepyDock = async (t: TestContext, backend: Backend, faults: Faults = {}) => {
  const dock = await simulatedDock(t, backend, { faults: { aircraftOff: true, ...faults } })
  const path = `/v1/docks/${dock.dockSn}/debug-mode`
  const view = async () => DebugMode.parse(await backend.must('GET', path))
  return {
    ...dock,
    path,
    view,
    open: (body: object = {}) => backend.api('POST', `${path}/open`, body),
    close: () => backend.must('POST', `${path}/close`),
    /** The state that it comes to, by what docks and the clock do. */
    comesTo: (state: State) => backend.until(view, (one) => one.state === state),
  }
}

test('an aircraft', async (t) => {
  const backend = await orDeployed(shared)(t)

  await t.test('is switched on for its logs, and off again by hand', async (t) => {
    const dock = await sleepyDock(t, backend)
    assert.equal((await dock.list()).modules[0]?.failure?.code, 324_015)
    const { status, headers } = await dock.open()
    assert.deepEqual([status, headers.get('location')], [202, dock.path])
    assert.ok((await dock.comesTo('on')).until)
    assert.equal((await dock.list()).modules[0]?.logs.length, 3)
    const { id } = await dock.start([{ module: 'aircraft', bootIndexes: [1] }])
    await dock.uploadUntil(id, 'verified')
    await dock.close()
    await dock.comesTo('off')
    assert.deepEqual(dock.device.power(), { isDebugging: false, isAircraftOn: false })
  })

  await t.test('that cannot be had leaves the dock as it was, and says why', async (t) => {
    const refusing = await sleepyDock(t, backend, { refuseDebug: 514_148 })
    await refusing.open()
    const { failure } = await backend.until(refusing.view, (one) => one.failure !== undefined)
    assert.deepEqual([failure?.step, failure?.code], ['open', 514_148])
    const failing = await sleepyDock(t, backend, { failWake: 514_109 })
    await failing.open()
    await backend.until(failing.view, (one) => one.failure !== undefined && one.state === 'off')
    assert.equal(failing.device.power().isDebugging, false)
  })

  await t.test(
    'is off, and its dock closed, also where its end is worded as no topic rule knows it',
    async (t) => {
      const dock = await sleepyDock(t, backend)
      await dock.open()
      await dock.comesTo('on')
      const { services, events } = topicsOf(dock.dockSn)
      const listener = await connectDevice(t, backend.mqttUrl, [services])
      dock.device.setPace(3_600_000)
      await dock.close()
      const { method, tid, bid } = Told.parse((await listener.next(services)).payload)
      assert.equal(method, 'drone_close')
      const said = {
        method,
        tid,
        bid,
        timestamp: Date.now(),
        data: { result: 0, output: { status: 'ok\n' } },
      }
      // It comes by the queue of what ends nothing.
      await listener.publish(events, said)
      assert.equal(Told.parse((await listener.next(services)).payload).method, 'debug_mode_close')
    },
  )

  await t.test('is not switched on where somebody else debugs the dock', async (t) => {
    const dock = await sleepyDock(t, backend, { debuggedByOther: true })
    await dock.open()
    const { failure } = await backend.until(dock.view, (one) => one.failure !== undefined)
    assert.equal(failure?.code, 514_146)
    assert.equal(dock.device.power().isDebugging, true)
    // Which a person may end all the same.
    await dock.close()
    await dock.comesTo('off')
    assert.equal(dock.device.power().isDebugging, false)
  })
})

test('by time', { skip: onlyLocal }, async (t) => {
  const backend = await shared(t)

  await t.test('an aircraft is switched off when nobody needs it any more', async (t) => {
    const dock = await sleepyDock(t, backend)
    await dock.open({ forSeconds: 60 })
    await dock.comesTo('on')
    await backend.tick()
    assert.equal((await dock.view()).state, 'on')
    clock.advance(61_000)
    await backend.tick()
    await dock.comesTo('off')
    assert.deepEqual(dock.device.power(), { isDebugging: false, isAircraftOn: false })
  })

  await t.test('a dock that lost its power in the middle is let go', async (t) => {
    const dock = await sleepyDock(t, backend)
    dock.device.setPace(3_600_000)
    const told = new Promise<void>((resolve) => {
      dock.device.events.on('command', ({ method }) => method === 'drone_open' && resolve())
    })
    await dock.open()
    await told
    dock.device.setPace('instant')
    await dock.device.restart()
    const { failure } = await backend.until(
      async () => {
        clock.advance(60_000)
        await backend.tick()
        return dock.view()
      },
      ({ state }) => state === 'off',
    )
    // Whether its answer came through before the power was gone is chance.
    assert.equal(failure?.step, 'wake')
  })

  await t.test('a dock that stays in debug mode is stuck, and closed when it is free', async (t) => {
    const dock = await sleepyDock(t, backend, { refuseClose: 514_116 })
    await dock.open()
    await dock.comesTo('on')
    await dock.close()
    await backend.until(
      async () => {
        clock.advance(60_000)
        await backend.tick()
        return dock.view()
      },
      ({ state }) => state === 'stuck',
    )
    assert.equal(problemOf(await dock.open()), '409 dock-not-idle')
    await dock.device.setFaults({ aircraftOff: true })
    await dock.close()
    await dock.comesTo('off')
    assert.equal(dock.device.power().isDebugging, false)
  })
})
