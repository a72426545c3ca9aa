import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { UpgradeAttempt } from '../../../lambdas/upgrades/shapes.ts'
import { failingTable, failOnce } from '../../support/failing-table.ts'
import { openTable } from '../../support/table.ts'
import { progress, start, versions, wireUpgrades } from '../../support/upgrades.ts'

describe('an attempt', () => {
  const world = openTable()

  const openIn = (fleet: string) => ({ sub: 'someone', scope: `groundcrew/operate@${fleet}` })

  describe('that is closed', () => {
    it('shows by whom, once; the device is not told', async () => {
      const backend = wireUpgrades(world.table)
      const device = backend.device()
      const { id } = await device.open()
      const claims = { sub: 'bob', username: 'bob', scope: 'groundcrew/operate' }
      const closed = await device.close(id, { claims })
      const { state, closedBy, silentAt } = UpgradeAttempt.parse(closed.body)
      assert.deepEqual([closed.status, state, closedBy, silentAt], [200, 'closed', 'bob', undefined])
      assert.deepEqual(backend.sent, [])
    })

    it('again is the same, and mends what a crash left behind', async () => {
      const backend = wireUpgrades(world.table)
      const device = backend.device()
      const { id } = await device.open()
      const broken = wireUpgrades(
        failOnce(world.table, /^UpdateCommand.*"ConditionExpression":"rev = :rev"/),
      ).device(device.deviceId)
      assert.equal((await broken.close(id)).status, 503)
      const listed = async () =>
        (await backend.call('listUpgrades', { query: { state: 'closed', limit: '200' } })).text
      assert.ok(!(await listed()).includes(`"${device.deviceId}"`))
      const claims = { sub: 'carl', username: 'carl', scope: 'groundcrew/operate' }
      const { status, body } = await device.close(id, { claims })
      assert.deepEqual([status, UpgradeAttempt.parse(body).closedBy], [200, 'machine-1'])
      assert.ok((await listed()).includes(`"${device.deviceId}"`))
    })

    it('although it has ended is a 409', async () => {
      const backend = wireUpgrades(world.table)
      const [done, silent] = [backend.device(), backend.device()]
      const ids = [(await done.open()).id, (await silent.open('v2', { timeoutSeconds: 60 })).id] as const
      await done.say(61, versions('v2'))
      await backend.conclude(62)
      for (const answer of [await done.close(ids[0]), await silent.close(ids[1])])
        assert.deepEqual([answer.status, answer.problem.name], [409, 'attempt-ended'])
    })

    it('although another followed, or in a fleet of others, is a 404', async () => {
      const device = wireUpgrades(world.table).device()
      const first = await device.open()
      const second = await device.open('v3', { replace: true })
      assert.equal((await device.close(first.id)).status, 404)
      assert.equal(
        (await device.close(second.id, { claims: openIn('south') })).problem.name,
        'unknown-device',
      )
      assert.equal(await device.short(), 'pending')
    })

    it('as another follows says that it is not the open one, and leaves that alone', async () => {
      const backend = wireUpgrades(world.table)
      const device = backend.device()
      const { id } = await device.open()
      let isReplaced = false
      const interrupted = failingTable(world.table, async (call) => {
        if (isReplaced || !call.startsWith('UpdateCommand')) return undefined
        isReplaced = true
        await device.open('v3', { replace: true })
        return undefined
      })
      const answer = await wireUpgrades(interrupted).device(device.deviceId).close(id)
      assert.equal(answer.status, 404)
      assert.equal(await device.short(), 'pending')
    })
  })

  it('counts only what was received after it was opened', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    backend.clock.now = start + 100_000
    await device.open()
    await device.say(99, progress(100, 'v2'), versions('v1'))
    const { state, firmware, percent } = await device.view()
    assert.deepEqual([state, firmware?.version, percent], ['pending', 'v1', undefined])
  })

  it('that was replaced still counts what it was open for, and no more', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    const first = await device.open()
    backend.clock.now = start + 100_000
    const second = await device.open('v3', { replace: true })
    await device.say(50, progress(100, 'v1'), versions('v2'))
    await device.say(150, progress(10, 'v2'))
    const attempts = await device.attempts()
    assert.deepEqual(
      attempts.map(({ state, evidence }) => [state, evidence]),
      [
        ['upgrading', undefined],
        ['succeeded', 'confirmed'],
      ],
    )
    assert.deepEqual(
      (await device.reports(first.id)).map(({ percent }) => percent),
      [undefined, 100],
    )
    assert.deepEqual(
      (await device.reports(second.id)).map(({ percent }) => percent),
      [10],
    )
  })

  it('that went silent before it was followed is never due again, whatever comes late', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    await device.open('v2', { timeoutSeconds: 60 })
    await backend.conclude(100)
    await device.open('v3')
    await device.say(50, progress(10, 'v1'))
    assert.deepEqual(
      (await device.attempts()).map(({ state }) => state),
      ['pending', 'closed'],
    )
  })
})
