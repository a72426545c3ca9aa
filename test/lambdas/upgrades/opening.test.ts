import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as z from 'zod'
import { usersOf } from '../../../lambdas/packages/users.ts'
import { UpgradeAttempt } from '../../../lambdas/upgrades/shapes.ts'
import { batchOf } from '../../support/dock-messages.ts'
import { failingTable } from '../../support/failing-table.ts'
import { openTable } from '../../support/table.ts'
import { fault, progress, start, time, versions, wireUpgrades } from '../../support/upgrades.ts'

describe('an attempt', () => {
  const world = openTable()

  const idOf = (body: unknown) => z.object({ id: z.string() }).parse(body).id
  const openIn = (fleet: string) => ({ sub: 'someone', scope: `groundcrew/operate@${fleet}` })

  describe('that is opened', () => {
    it('is a 202 with its address and what it expects', async () => {
      const backend = wireUpgrades(world.table)
      const device = backend.device()
      const { status, headers, body } = await device.tryOpen('v2', { timeoutSeconds: 600 })
      const id = idOf(body)
      assert.deepEqual(
        [status, headers.location],
        [202, `/v1/devices/${device.deviceId}/upgrade-attempts/${id}`],
      )
      const expected = {
        id,
        deviceId: device.deviceId,
        package: 'firmware',
        targetVersion: 'v2',
        state: 'pending',
        openedAt: time(0),
        silentAt: time(600),
        timeoutSeconds: 600,
        proveSeconds: 900,
        requestedBy: 'machine-1',
      }
      assert.deepEqual(body, expected)
      assert.deepEqual((await device.view()).attempt, expected)
    })

    it('gives the device a day by default', async () => {
      const { timeoutSeconds } = await wireUpgrades(world.table).device().open()
      assert.equal(timeoutSeconds, 86_400)
    })

    it('is never for a version that looks like another', async () => {
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

    it('for another target replaces the open one if requested', async () => {
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

    it('starts without the last one’s registers, but with what the device runs', async () => {
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

  describe('with a package of ours', () => {
    const tryWith = (device: ReturnType<ReturnType<typeof wireUpgrades>['device']>, body: object, of = {}) =>
      device.tryOpen('', { package: undefined, targetVersion: undefined, ...body }, of)
    let packs = 0
    const newId = () => `opening-${++packs}`

    it('has the package’s version; other fields must agree', async () => {
      const backend = wireUpgrades(world.table)
      const packageId = newId()
      await backend.pack(packageId, { package: 'software', version: 'v7' })
      const [bare, full] = [backend.device(), backend.device()]
      const agreeing = { packageId, package: 'software', targetVersion: 'v7' }
      for (const [device, body] of [
        [bare, { packageId }],
        [full, agreeing],
      ] as const) {
        const { status, body: opened } = await tryWith(device, body)
        const attempt = UpgradeAttempt.parse(opened)
        assert.deepEqual(
          [status, attempt.package, attempt.targetVersion, attempt.packageId],
          [202, 'software', 'v7', packageId],
        )
      }
      const contradicting = { packageId, package: 'firmware', targetVersion: 'v8' }
      const { status, problem } = await tryWith(backend.device(), contradicting)
      assert.deepEqual(
        [status, problem.errors],
        [
          422,
          [
            { path: 'package', message: 'is software in the package' },
            { path: 'targetVersion', message: 'is v7 in the package' },
          ],
        ],
      )
    })

    it('or with package and version that another platform installs', async () => {
      const device = wireUpgrades(world.table).device()
      const error = 'must be given, or a `packageId`'
      for (const [body, paths] of [
        [{}, ['package', 'targetVersion']],
        [{ package: 'firmware' }, ['targetVersion']],
        [{ targetVersion: 'v2' }, ['package']],
      ] as const) {
        const { status, problem } = await tryWith(device, body)
        assert.deepEqual([status, problem.errors], [422, paths.map((path) => ({ path, message: error }))])
      }
    })

    it('again is the same while it is open; of another package, or of none, it is another', async () => {
      const backend = wireUpgrades(world.table)
      const device = backend.device()
      const [packageId, other] = [newId(), newId()]
      for (const id of [packageId, other]) await backend.pack(id)
      const id = idOf((await tryWith(device, { packageId })).body)
      const again = await tryWith(device, { packageId })
      assert.deepEqual([again.status, idOf(again.body)], [200, id])
      for (const answer of [await tryWith(device, { packageId: other }), await device.tryOpen('v2')])
        assert.deepEqual([answer.status, answer.problem.name], [409, 'another-attempt-open'])
      assert.equal((await tryWith(device, { packageId: other, replace: true })).status, 202)
    })

    it('uses it: the package is kept for as long as the attempt may need it', async () => {
      const backend = wireUpgrades(world.table)
      const device = backend.device()
      const packageId = newId()
      await backend.pack(packageId)
      const { body } = await tryWith(device, { packageId, timeoutSeconds: 600 })
      await tryWith(device, { packageId })
      const used = { deviceId: device.deviceId, attemptId: idOf(body) }
      const silent = start + 600_000
      assert.deepEqual(await usersOf(world.table, packageId, silent), [used])
      assert.deepEqual(await usersOf(world.table, packageId, silent + 2 * 86_400_000), [])
    })

    it('is refused if the package is unknown, not proved, or not for the device', async () => {
      const backend = wireUpgrades(world.table)
      const device = backend.device()
      await device.register({ fleet: 'north' })
      const refused = async (body: object, of = {}) => {
        const { status, problem } = await tryWith(device, body, of)
        return [
          status,
          problem.name,
          ...(problem.errors ?? []).map(({ path, message }) => `${path} ${message}`),
        ]
      }
      const packed = async (
        ...settings: Parameters<typeof backend.pack> extends [string, ...infer Rest] ? Rest : []
      ) => (await backend.pack(newId(), ...settings)).id
      const arrived = await packed({}, { state: 'arrived', provedAt: undefined })
      const wrong = await packed({}, { state: 'refused', fault: 'sha256', provedAt: undefined })
      const gone = await backend.pack(newId())
      await backend.packages.markDeleted(gone, { at: start, by: 'ann' })
      for (const packageId of ['nobodys', gone.id])
        assert.deepEqual(await refused({ packageId }), [404, 'unknown-package'])
      for (const packageId of [arrived, wrong])
        assert.deepEqual(await refused({ packageId }), [409, 'package-not-ready'])
      const south = await packed({ fleet: 'south' })
      const elsewhere = 'packageId is a package of another fleet'
      assert.deepEqual(await refused({ packageId: south }), [422, 'invalid-request', elsewhere])
      const northern = { claims: openIn('north') }
      assert.deepEqual(await refused({ packageId: south }, northern), [404, 'unknown-package'])
      const forDocks =
        'packageId is for docks and their aircraft: no registered dock has this serial number, or such an aircraft'
      assert.deepEqual(await refused({ packageId: await packed({ machines: 'docks' }) }), [
        422,
        'invalid-request',
        forDocks,
      ])
      const forModels = await packed({ models: ['RTU-3200', 'RTU-3300'] })
      const unknownModel =
        'packageId is for some models only, and the model of the device is unknown: register the device with its `model`'
      assert.deepEqual(await refused({ packageId: forModels }), [422, 'invalid-request', unknownModel])
      await device.register({ fleet: 'north', model: 'RTU-100' })
      const otherModel = 'packageId is not for the model RTU-100'
      assert.deepEqual(await refused({ packageId: forModels }), [422, 'invalid-request', otherModel])
      assert.equal(await device.short(), 'none')
      await device.register({ fleet: 'north', model: 'RTU-3300' })
      assert.equal((await tryWith(device, { packageId: forModels }, northern)).status, 202)
    })

    it('is refused in a campaign that only watches, which would never allow the offer', async () => {
      const backend = wireUpgrades(world.table)
      const { id: packageId } = await backend.pack(newId())
      await backend.campaign('watching')
      const { status, problem } = await tryWith(backend.device(), { packageId, campaignId: 'watching' })
      const path = 'packageId'
      const message = 'has no effect in a campaign that only watches'
      assert.deepEqual([status, problem.errors], [422, [{ path, message }]])
    })

    it('is refused if the package is deleted at this very moment', async () => {
      const packageId = newId()
      const gone = await wireUpgrades(world.table).pack(packageId)
      const interrupted = failingTable(world.table, async (call) => {
        if (!call.startsWith('TransactWriteCommand')) return undefined
        await wireUpgrades(world.table).packages.markDeleted(gone, { at: start, by: 'ann' })
        return undefined
      })
      const device = wireUpgrades(interrupted).device()
      const { status, problem } = await tryWith(device, { packageId })
      assert.deepEqual([status, problem.name], [404, 'unknown-package'])
      const unknown = await wireUpgrades(world.table).call('getUpgrade', {
        params: { deviceId: device.deviceId },
      })
      assert.equal(unknown.status, 404)
    })
  })

  describe('at the same moment', () => {
    it('is opened once, however often it is requested, while the device reports', async () => {
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

    it('is opened once among different requests: the others get its address', async () => {
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

    it('keeps a report that comes at the same time', async () => {
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

    it('leaves the device in the fleet that it moves to', async () => {
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
