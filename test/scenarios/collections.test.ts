import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import * as z from 'zod'
import { CollectionRun } from '../../lambdas/collections/shapes.ts'
import { createClock } from '../../local/clock.ts'
import { topicsOf } from '../../protocols/dji-remote-log/topics.ts'
import { generatedLog } from '../../simulator/dock/logs/files.ts'
import { connectDevice } from '../support/local-run.ts'
import { simulatedDock } from '../support/simulated-dock.ts'
import { type Backend, newAircraftSn, newFleet, onlyLocal, orDeployed, shareLocal } from '../support/story.ts'

/** Logs are collected by themselves when docks raise alarms. */

const clock = createClock()
const shared = shareLocal({ clock })

const minutes = 60_000
const Page = z.object({ items: z.array(z.unknown()), next: z.optional(z.string()) })

const runsOf = async (backend: Backend, id: string) => {
  const all: z.infer<typeof CollectionRun>[] = []
  let cursor = ''
  do {
    const path = `/v1/collections/${id}/runs?limit=200${cursor && `&cursor=${cursor}`}`
    const { items, next = '' } = Page.parse(await backend.must('GET', path))
    all.push(...items.map((item) => CollectionRun.parse(item)))
    cursor = next
  } while (cursor)
  return all
}

/** Makes a collection. What is raised in the same moment may find none: the index in which they are lags. */
const collect = async (backend: Backend, id: string, settings: object): Promise<void> => {
  await backend.must('PUT', `/v1/collections/${id}`, settings)
  await backend.untilCaughtUp()
}

/** Boots of half an hour each, the newest of which is not over yet. */
const logsUntil = (sn: string, now: number) =>
  [1, 2, 3].map((bootIndex) => {
    const startTime = now - (4 - bootIndex) * 30 * minutes + 10 * minutes
    return generatedLog(sn, { bootIndex, sizeBytes: 50_000, startTime, endTime: startTime + 30 * minutes })
  })

/** Raises alarms as docks do, until the test ends. */
const alarming = async (t: TestContext, backend: Backend) => {
  const client = await connectDevice(t, backend.mqttUrl, [])
  return (dockSn: string, codes: readonly string[]) =>
    client.publish(topicsOf(dockSn).events, {
      tid: 't',
      bid: 'b',
      gateway: dockSn,
      method: 'hms',
      timestamp: 1,
      need_reply: 0,
      data: {
        list: codes.map((code) => ({
          code,
          level: 2,
          module: 3,
          imminent: 0,
          in_the_sky: 0,
          device_type: '3-3-0',
          args: { component_index: 0, sensor_index: 0 },
        })),
      },
    })
}

test('an alarm has the newest log of its dock collected', async (t) => {
  const backend = await orDeployed(shared)(t)
  const fleet = newFleet()
  const dock = await simulatedDock(t, backend, { fleet, sizes: [2_000] })
  const logs = { modules: ['dock'], newestBoots: 1 }
  await collect(backend, fleet, { fleet, when: { alarm: {} }, logs })
  dock.device.raiseAlarm({ code: '0x16100083' })
  const [run = assert.fail()] = await backend.until(
    async () => {
      await backend.tick()
      return runsOf(backend, fleet)
    },
    ([one]) => one?.state === 'ended',
  )
  const upload = await dock.upload(run.uploadId ?? '')
  assert.deepEqual([run.outcome, upload.state, upload.cause], ['collected', 'verified', run.cause])
})

test('an alarm leads to a verified archive that covers the minutes around it, of a sleeping aircraft too', {
  skip: onlyLocal,
}, async (t) => {
  const backend = await shared(t)
  const raise = await alarming(t, backend)
  const now = clock.now()
  const aircraftSn = newAircraftSn()
  const dock = await simulatedDock(t, backend, {
    logs: { aircraft: logsUntil(aircraftSn, now), dock: logsUntil('DOCK', now) },
    faults: { aircraftOff: true },
  })
  const logs = { modules: ['aircraft', 'dock'], beforeSeconds: 300, afterSeconds: 120 }
  const when = { alarm: { levels: ['warning'] } }
  await collect(backend, 'alarms', { docks: [dock.dockSn], when, logs, wakeAircraft: true })
  await raise(dock.dockSn, ['0x1B030019'])
  const runs = () => runsOf(backend, 'alarms')
  await backend.until(runs, ([run]) => run?.waitingFor === 'time')
  clock.advance(2 * minutes + 1000)
  const [run = assert.fail()] = await backend.until(
    async () => {
      await backend.tick()
      return runs()
    },
    ([one]) => one?.state === 'ended',
  )
  assert.deepEqual([run.outcome, run.leftOut, run.failure], ['collected', [], undefined])
  assert.deepEqual(run.cause.alarm, { sn: dock.dockSn, code: '0x1B030019' })
  const upload = await dock.upload(run.uploadId ?? '')
  assert.deepEqual([upload.state, upload.cause], ['verified', run.cause])
  assert.deepEqual(
    upload.archives.map(({ module, bootIndexes, verification }) => [module, bootIndexes, verification]),
    [
      ['aircraft', [3], 'verified'],
      ['dock', [3], 'verified'],
    ],
  )
  assert.deepEqual(dock.device.power(), { isDebugging: false, isAircraftOn: false })
  assert.deepEqual(backend.deadLetters(), [])
})

test('a storm of 15 alarms of 5 docks starts one collection a dock, and no more at once than may', {
  skip: onlyLocal,
}, async (t) => {
  const backend = await shared(t)
  const raise = await alarming(t, backend)
  const fleet = newFleet()
  const docks = await Promise.all(
    Array.from({ length: 5 }, () => simulatedDock(t, backend, { fleet, sizes: [2_000] })),
  )
  const when = { alarm: {} }
  const logs = { modules: ['dock'], newestBoots: 1 }
  await collect(backend, 'storm', { fleet, when, logs, atOnce: 2 })
  const codes = ['0x16100', '0x16101', '0x16102']
  await Promise.all(docks.map(({ dockSn }) => raise(dockSn, codes)))
  let most = 0
  const ended = async () => {
    const runs = await runsOf(backend, 'storm')
    const atWork = runs.filter(({ state }) => !['waiting', 'closing', 'ended'].includes(state))
    most = Math.max(most, atWork.length)
    await backend.tick()
    return runs.filter(({ state }) => state === 'ended')
  }
  // Each dock may take as long as a story waits: how fast all of it is, is the machine's matter.
  for (let dock = 1; dock < 5; dock += 1) await backend.until(ended, ({ length }) => length >= dock * 3)
  const all = await backend.until(ended, ({ length }) => length === 15)
  assert.ok(most > 0 && most <= 2, `${most} at once`)
  const collected = all.filter(({ uploadId }) => uploadId !== undefined)
  assert.equal(new Set(collected.map(({ dockSn }) => dockSn)).size, 5)
  assert.deepEqual([...new Set(collected.map(({ outcome }) => outcome))], ['collected'])
})

test('each day the docks of a fleet have their newest logs collected', { skip: onlyLocal }, async (t) => {
  const backend = await shared(t)
  const fleet = newFleet()
  const docks = [
    await simulatedDock(t, backend, { fleet, sizes: [2_000] }),
    await simulatedDock(t, backend, { fleet, sizes: [2_000] }),
  ]
  const at = new Date(clock.now() + 2 * minutes).toISOString().slice(11, 16)
  const when = { daily: { at, timeZone: 'UTC' } }
  const logs = { modules: ['dock'], newestBoots: 1 }
  await collect(backend, 'daily', { fleet, when, logs })
  clock.advance(2 * minutes)
  const runs = await backend.until(
    async () => {
      await backend.tick()
      return (await runsOf(backend, 'daily')).filter(({ state }) => state === 'ended')
    },
    ({ length }) => length === docks.length,
  )
  const collected = runs.map(({ dockSn, outcome, cause }) => [dockSn, outcome, cause.kind].join(' '))
  assert.deepEqual(new Set(collected), new Set(docks.map(({ dockSn }) => `${dockSn} collected daily`)))
})
