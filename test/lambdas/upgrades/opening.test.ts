import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import * as z from 'zod'
import { UpgradeAttempt } from '../../../lambdas/upgrades/shapes.ts'
import { batchOf } from '../../support/dock-messages.ts'
import { failingTable } from '../../support/failing-table.ts'
import { startTable } from '../../support/table.ts'
import { fault, progress, start, time, versions, wireUpgrades } from '../../support/upgrades.ts'

describe('an attempt', () => {
  let world: Awaited<ReturnType<typeof startTable>>
  before(async () => {
    world = await startTable()
  })
  after(() => world.stop())

  const idOf = (body: unknown) => z.object({ id: z.string() }).parse(body).id
  const openIn = (fleet: string) => ({ sub: 'someone', scope: `groundcrew/operate@${fleet}` })

  describe('that is opened', () => {
    it('is a 202 that says where it is and what is expected', async () => {
      const backend = wireUpgrades(world.table)
      const device = backend.device()
      const { status, headers, body } = await device.tryOpen('v2', { timeoutSeconds: 600 })
      const id = idOf(body)
      assert.deepEqual(
        [status, headers.location],
        [202, `/v1/devices/${device.deviceId}/upgrade-attempts/${id}`],
      )
      const expected = {
        ...{ id, deviceId: device.deviceId, package: 'firmware', targetVersion: 'v2', state: 'pending' },
        ...{ openedAt: time(0), silentAt: time(600), timeoutSeconds: 600, proveSeconds: 900 },
        requestedBy: 'machine-1',
      }
      assert.deepEqual(body, expected)
      assert.deepEqual((await device.view()).attempt, expected)
    })

    it('gives the device a day where nothing else is said', async () => {
      const { timeoutSeconds } = await wireUpgrades(world.table).device().open()
      assert.equal(timeoutSeconds, 86_400)
    })

    it('is never for a version that reads like another', async () => {
      const device = wireUpgrades(world.table).device()
      for (const hidden of ['\u202e', '\u200b', '\u2028', '\u2029', '\u00ad', '\u3164', '\ufe0f']) {
        const { status, problem } = await device.tryOpen(`v2${hidden}0`)
        assert.deepEqual([status, problem.errors?.map(({ path }) => path)], [422, ['targetVersion']])
      }
    })

    it('again is a 200 and the same while it is open, for the same package and target', async () => {
      const backend = wireUpgrades(world.table)
      const device = backend.device()
      const { id } = await device.open()
      await device.say(5, progress(20, 'v1'))
      const again = await device.tryOpen('v2', { replace: true })
      assert.deepEqual([again.status, idOf(again.body)], [200, id])
      assert.equal(UpgradeAttempt.parse(again.body).percent, 20)
      assert.equal((await device.attempts()).length, 1)
    })

    it('for another target or package is a 409 that names the open one', async () => {
      const backend = wireUpgrades(world.table)
      const device = backend.device()
      const { id } = await device.open()
      for (const answer of [
        await device.tryOpen('v3'),
        await device.tryOpen('v2', { package: 'software' }),
      ]) {
        assert.deepEqual([answer.status, answer.problem.name], [409, 'another-attempt-open'])
        assert.equal(answer.problem.href, `/v1/devices/${device.deviceId}/upgrade-attempts/${id}`)
      }
    })

    it('for another target replaces the open one where that is asked for', async () => {
      const backend = wireUpgrades(world.table)
      const device = backend.device()
      const first = await device.open()
      await device.say(5, progress(20, 'v1'))
      const second = await device.open('v3', { replace: true })
      assert.deepEqual(
        (await device.attempts()).map(({ id, state, closedBy, percent }) => [id, state, closedBy, percent]),
        [
          [second.id, 'pending', undefined, undefined],
          [first.id, 'closed', 'replaced', 20],
        ],
      )
      assert.equal(await device.short(), 'pending')
    })

    it('after the last has ended needs no replacing, and leaves that as it ended', async () => {
      const backend = wireUpgrades(world.table)
      const [failed, done, silent, closed] = [1, 2, 3, 4].map(() => backend.device())
      assert.ok(failed && done && silent && closed)
      const all = [failed, done, silent, closed]
      const opened = await Promise.all(all.map((device) => device.open('v2', { timeoutSeconds: 60 })))
      await failed.say(5, fault(7))
      await done.say(6, versions('v2'))
      await closed.close(opened[3]?.id ?? '')
      await backend.conclude(100)
      backend.clock.now = start + 90_000_000
      for (const device of all) await device.open('v2')
      const ends = await Promise.all(all.map(async (device) => (await device.attempts())[1]))
      assert.deepEqual(
        ends.map((attempt) => [attempt?.state, attempt?.closedBy]),
        [
          ['failed', undefined],
          ['succeeded', undefined],
          ['timedOut', undefined],
          ['closed', 'machine-1'],
        ],
      )
      for (const device of all) assert.equal(await device.short(), 'pending')
    })

    it('starts without what was known of the last, but with what the device runs', async () => {
      const device = wireUpgrades(world.table).device()
      await device.open()
      await device.say(5, progress(100, 'v2'), versions('v2', 's1'))
      await device.open('v3')
      const { state, percent, lastReportAt, firmware, software, attempt } = await device.view()
      assert.deepEqual(
        [state, percent, lastReportAt, firmware?.version, software?.version, attempt?.fromVersion],
        ['pending', undefined, undefined, 'v2', 's1', 'v2'],
      )
    })

    it('asks the device what it runs, through its gateway, and stays open when that fails', async () => {
      const backend = wireUpgrades(world.table)
      const device = backend.device()
      await device.register({ parentId: 'gateway-7' })
      await device.tryOpen()
      assert.match(
        backend.sent.map(({ topic }) => topic).join(),
        /^oc\/devices\/gateway-7\/sys\/events\/down$/,
      )
      backend.broker.failing = true
      const other = backend.device()
      assert.equal((await other.tryOpen()).status, 202)
      assert.equal(await other.short(), 'pending')
    })

    it('for what the device runs already has succeeded, and says that nothing was installed', async () => {
      const backend = wireUpgrades(world.table)
      const [known, asked, stale] = [backend.device(), backend.device(), backend.device()]
      await stale.say(0, versions('v2'))
      await known.say(1, versions('v2'))
      backend.clock.now = start + 86_401_000
      for (const device of [known, asked, stale]) await device.open()
      await asked.say(86_402, versions('v2'))
      for (const device of [known, asked]) {
        const { state, evidence, attempt } = await device.view()
        assert.deepEqual([state, evidence, attempt?.alreadyRunning], ['succeeded', 'confirmed', true])
      }
      assert.equal(await stale.short(), 'pending')
    })

    it('keeps the fleet and the gateway of the device', async () => {
      const device = wireUpgrades(world.table).device()
      await device.register({ fleet: 'north', parentId: 'gateway-1' })
      await device.open()
      const { fleet, parentId } = await device.view()
      assert.deepEqual([fleet, parentId], ['north', 'gateway-1'])
    })

    it('for a fleet or a body that does not fit is refused', async () => {
      const device = wireUpgrades(world.table).device()
      await device.register({ fleet: 'north' })
      const south = await device.tryOpen('v2', {}, { claims: openIn('south') })
      assert.deepEqual([south.status, south.problem.name], [404, 'unknown-device'])
      const reader = await device.tryOpen('v2', {}, { claims: { sub: 'x', scope: 'groundcrew/read' } })
      assert.deepEqual([reader.status, reader.problem.name], [403, 'not-permitted'])
      const refused: [object, string][] = [
        [{ package: 'modem' }, 'package'],
        [{ targetVersion: '' }, 'targetVersion'],
        [{ targetVersion: 'a\nb' }, 'targetVersion'],
        [{ targetVersion: 'v'.repeat(257) }, 'targetVersion'],
        [{ timeoutSeconds: 59 }, 'timeoutSeconds'],
        [{ timeoutSeconds: 2_592_001 }, 'timeoutSeconds'],
        [{ proveSeconds: 59 }, 'proveSeconds'],
        [{ proveSeconds: 604_801 }, 'proveSeconds'],
        [{ force: true }, 'force'],
      ]
      for (const [more, path] of refused) {
        const { status, problem } = await device.tryOpen('v2', more)
        assert.deepEqual([status, problem.errors?.map((error) => error.path)], [422, [path]])
      }
      assert.equal(await device.short(), 'none')
      assert.equal((await device.tryOpen('v2', {}, { claims: openIn('north') })).status, 202)
    })
  })

  describe('at the same moment', () => {
    it('is opened once, however often the same is asked for, while the device reports', async () => {
      const backend = wireUpgrades(world.table)
      const device = backend.device()
      const many = Array.from({ length: 20 }, (_, n) => n)
      const reports = many.map((n) => device.message([progress(n, 'v1')], { at: 1 + n }))
      const [answers, failed] = await Promise.all([
        Promise.all(many.map(() => device.tryOpen())),
        Promise.all(reports.map((record) => backend.ingest(batchOf(record)))),
      ])
      const ids = answers.filter(({ status }) => status < 300).map(({ body }) => idOf(body))
      assert.equal(answers.filter(({ status }) => status === 202).length, 1)
      assert.equal(new Set(ids).size, 1)
      assert.ok(answers.every(({ status }) => [200, 202, 503].includes(status)))
      // What a conflict stopped, and what came before the attempt was opened, comes again.
      assert.ok(failed.flat().every((id) => reports.some(({ messageId }) => messageId === id)))
      assert.deepEqual(await backend.ingest(batchOf(...reports)), [])
      assert.equal((await device.attempts()).length, 1)
      const { state, percent } = await device.view()
      assert.deepEqual([state, percent], ['upgrading', 19])
    })

    it('is opened once, whatever else is asked for: the others hear of it', async () => {
      const device = wireUpgrades(world.table).device()
      const targets = Array.from({ length: 20 }, (_, n) => `v${n}`)
      const answers = await Promise.all(targets.map((target) => device.tryOpen(target)))
      const statuses = answers.map(({ status }) => status).toSorted()
      assert.deepEqual([statuses[0], statuses.filter((status) => status === 202).length], [202, 1])
      assert.ok(
        statuses.slice(1).every((status) => status === 409),
        String(statuses),
      )
      assert.equal((await device.attempts()).length, 1)
    })

    it('as a report comes keeps what that said', async () => {
      const backend = wireUpgrades(world.table)
      const device = backend.device()
      await device.register()
      let isReported = false
      const interrupted = failingTable(world.table, async (call) => {
        if (isReported || !call.startsWith('TransactWriteCommand')) return undefined
        isReported = true
        await device.say(0, versions('v1'), progress(30, 'v1'))
        return undefined
      })
      const opened = await wireUpgrades(interrupted).device(device.deviceId).tryOpen()
      assert.equal(opened.status, 202)
      const { firmware, percent } = await device.view()
      assert.deepEqual([firmware?.version, percent], ['v1', undefined])
    })

    it('as the device moves to another fleet leaves it there', async () => {
      const backend = wireUpgrades(world.table)
      const device = backend.device()
      await device.register({ fleet: 'north' })
      let hasMoved = false
      const interrupted = failingTable(world.table, async (call) => {
        if (hasMoved || !call.startsWith('TransactWriteCommand')) return undefined
        hasMoved = true
        await device.register({ fleet: 'south' })
        return undefined
      })
      await wireUpgrades(interrupted).device(device.deviceId).tryOpen()
      assert.equal((await device.view()).fleet, 'south')
    })
  })
})
