import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import * as z from 'zod'
import { Campaign } from '../../lambdas/campaigns/shapes.ts'
import { DebugMode } from '../../lambdas/debugging/shapes.ts'
import { createClock } from '../../local/clock.ts'
import { withDockServer } from '../../local/dock-server.ts'
import { startDock } from '../../simulator/dock/dock.ts'
import type { Faults } from '../../simulator/dock/faults.ts'
import { packageStory, upload } from '../support/packages.ts'
import { problemOf } from '../support/problem.ts'
import { type Local, newAircraftSn, newDockSn, onlyLocal, openLocal } from '../support/story.ts'
import { deviceStory } from '../support/upgrades.ts'

/** Docks and aircraft that fetch firmware for themselves, from the package to what they run then. */

const before = { dock: '10.01.16.03', aircraft: '14.03.00.03' }
const after = { dock: '10.01.20.01', aircraft: '14.04.00.01' }
const NewCode = z.object({ code: z.string() })

/** A package that is proved, with its own bytes. */
const packed = async (backend: Local, version: string, settings: object = {}): Promise<string> => {
  const id = `dock-${randomUUID()}`
  const story = packageStory(backend, id)
  await story.put({ name: 'Firmware', version, package: 'firmware', machines: 'docks', ...settings })
  const [link] = await story.links(randomBytes(200_000))
  assert.ok(link)
  assert.equal(await upload(link, link.bytes), '200')
  assert.equal((await story.complete()).status, 200)
  return id
}

/** A dock that has only this backend on its broker. */
const member = async (t: TestContext, backend: Local, faults: Faults = {}) => {
  const [dockSn, aircraftSn] = [newDockSn(), newAircraftSn()]
  await backend.must('PUT', '/v1/organizations/acme', { name: 'Acme' })
  const { code } = NewCode.parse(await backend.must('POST', '/v1/organizations/acme/binding-codes', {}))
  const dock = await startDock({
    mqttUrl: backend.mqttUrl,
    dockSn,
    aircraftSn,
    pace: 'instant',
    clientId: dockSn,
    faults,
    firmware: before,
    member: { organizationId: 'acme', bindingCode: code },
  })
  t.after(() => dock.close())
  const known = z.object({ presence: z.object({ firmware: z.record(z.string(), z.string()).optional() }) })
  await backend.until(
    async () => known.parse(await backend.must('GET', `/v1/docks/${dockSn}`)).presence.firmware ?? {},
    (firmware) => firmware[dockSn] !== undefined && firmware[aircraftSn] !== undefined,
  )
  return { dock, dockSn, aircraftSn }
}

const upgrading = (backend: Local, sn: string, packageId: string) => {
  const story = deviceStory(backend, sn)
  return {
    ...story,
    open: () => backend.must('POST', `/v1/devices/${sn}/upgrade-attempts`, { packageId, proveSeconds: 60 }),
    ended: async (): Promise<string> => {
      const { state, evidence, failure } = await story.until(
        (one) => !['pending', 'upgrading'].includes(one.state ?? ''),
      )
      return [state, evidence ?? failure?.code].join(' ')
    },
  }
}

test('docks and aircraft are upgraded', { skip: onlyLocal }, async (t) => {
  const clock = createClock()
  const backend = await openLocal(t, { ...withDockServer(), clock })
  const packages = {
    dock: await packed(backend, after.dock, { from: [before.dock] }),
    aircraft: await packed(backend, after.aircraft),
  }

  await t.test('both by one offer, and proved by what they run after the restart', async (sub) => {
    const { dock, dockSn, aircraftSn } = await member(sub, backend)
    const [own, its] = [
      upgrading(backend, dockSn, packages.dock),
      upgrading(backend, aircraftSn, packages.aircraft),
    ]
    await own.open()
    await its.open()
    const commands: string[] = []
    dock.events.on('command', ({ method, result }) => commands.push(`${method} ${result}`))
    await backend.tick()
    assert.deepEqual([await own.ended(), await its.ended()], ['succeeded confirmed', 'succeeded confirmed'])
    assert.deepEqual(commands, ['ota_create 0'])
    assert.deepEqual(dock.firmware, after)
    const { attempt } = await own.view()
    // Its words come by two queues: what proves the upgrade may be recorded before what was said of its end.
    await backend.until(
      () => own.reports(attempt?.id ?? ''),
      (reports) => reports.some(({ percent }) => percent === 100),
    )
  })

  await t.test('where a campaign gives the dock its turn', async (sub) => {
    const { dock, dockSn } = await member(sub, backend)
    const path = `/v1/campaigns/of-${dockSn}`
    await backend.must('PUT', path, { name: 'Docks', packageId: packages.dock, proveSeconds: 60 })
    await backend.must('POST', `${path}/devices`, { deviceIds: [dockSn] })
    await backend.must('POST', `${path}/start`)
    const { state } = await backend.until(
      async () => {
        await backend.tick()
        await backend.untilCaughtUp()
        return Campaign.parse(await backend.must('GET', path))
      },
      ({ waitingFor }) => waitingFor === 'nothing',
    )
    assert.equal(state, 'finished')
    assert.deepEqual(dock.firmware, { ...before, dock: after.dock })
  })

  await t.test('the aircraft alone, without the dock leaving', async (sub) => {
    const { dock, aircraftSn } = await member(sub, backend)
    const its = upgrading(backend, aircraftSn, packages.aircraft)
    await its.open()
    await backend.tick()
    assert.equal(await its.ended(), 'succeeded confirmed')
    assert.deepEqual(dock.firmware, { ...before, aircraft: after.aircraft })
  })

  await t.test('not by a dock that keeps what it ran, fails or refuses, with the reason', async (sub) => {
    const ends: [Faults, string][] = [
      [{ keepsVersion: true }, 'failed notInstalled'],
      [{ failUpgrade: 312_030 }, 'failed 312030'],
      [{ refuseUpgrade: 312_023 }, 'failed 312023'],
    ]
    for (const [faults, end] of ends) {
      const { dockSn } = await member(sub, backend, faults)
      const own = upgrading(backend, dockSn, packages.dock)
      await own.open()
      await backend.tick()
      assert.equal(await own.ended(), end)
    }
  })

  await t.test('and found out where they go back', async (sub) => {
    const { dockSn } = await member(sub, backend, { rollsBack: true })
    const own = upgrading(backend, dockSn, packages.dock)
    await own.open()
    await backend.tick()
    await own.until(({ state }) => state === 'rolledBack')
  })

  await t.test('once they are free', async (sub) => {
    const { dock, dockSn } = await member(sub, backend, { refuseUpgrade: 312_015 })
    const own = upgrading(backend, dockSn, packages.dock)
    await own.open()
    await backend.tick()
    await own.reports((await own.view()).attempt?.id ?? '', 1)
    await dock.setFaults({})
    clock.advance(11 * 60_000)
    await backend.tick()
    assert.equal(await own.ended(), 'succeeded confirmed')
    assert.equal((await own.view()).attempt?.deliveries, 2)
  })

  await t.test('and not debugged meanwhile, nor upgraded while they are debugged', async (sub) => {
    const { dock, dockSn } = await member(sub, backend)
    const commands: string[] = []
    dock.events.on('command', ({ method }) => commands.push(method))
    const own = upgrading(backend, dockSn, packages.dock)
    const open = () => backend.api('POST', `/v1/docks/${dockSn}/debug-mode/open`, {})
    assert.equal((await open()).status, 202)
    await own.open()
    await backend.tick()
    assert.ok(!commands.includes('ota_create'))
    await backend.must('POST', `/v1/docks/${dockSn}/debug-mode/close`)
    await backend.until(
      () => backend.must('GET', `/v1/docks/${dockSn}/debug-mode`),
      (view) => DebugMode.parse(view).state === 'off',
    )
    // From here on the dock takes an hour for its next step.
    dock.setPace(3_600_000)
    clock.advance(11 * 60_000)
    await backend.tick()
    await own.until(({ state }) => state === 'upgrading')
    assert.equal(problemOf(await open()), '409 dock-not-idle')
  })
})
