import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { dueKeys } from '../../../lambdas/table/pages.ts'
import { upgradeDueKind } from '../../../lambdas/upgrades/project-upgrade.ts'
import { batchOf } from '../../support/dock-messages.ts'
import { openTable, type Usage } from '../../support/table.ts'
import { progress, start, versions, wireUpgrades } from '../../support/upgrades.ts'

/** What a report costs, by what the database says that it consumed. */
describe('a report in order', () => {
  const world = openTable()

  const consumed = () => {
    const sum = (kind: Usage['kind']) =>
      world.used.filter((usage) => usage.kind === kind).reduce((total, { units }) => total + units, 0)
    return { writes: sum('write'), reads: sum('read'), calls: world.used.length }
  }

  /** A device with an attempt under way, as real ones are: long ids, versions and descriptions. */
  const underWay = async ({ attempt = true, parentId }: { attempt?: boolean; parentId?: string } = {}) => {
    const backend = wireUpgrades(world.table)
    const device = backend.device(`${backend.device().deviceId}_5e06bfee334dd4f33759f5b3_866123456789012`)
    const version = 'RTU-3200.FW_1.4.12-rc3+20260105'
    const labels = Object.fromEntries(
      Array.from({ length: 16 }, (_, n) => [`label-${n}`.padEnd(64, 'x'), 'ü'.repeat(64)]),
    )
    const said = { labels, model: 'RTU-3200', timeZone: 'Europe/Oslo' }
    await device.register({ fleet: 'north-sea-platforms', ...said, ...(parentId ? { parentId } : {}) })
    await device.say(1, versions(version, `SW_${version}`))
    const campaignId = 'spring-2027-security-rollout'
    const target = 'RTU-3200.FW_1.5.0+20260301'
    await backend.campaign(campaignId, target)
    if (attempt) await device.open(target, { campaignId })
    const service = (percent: number) =>
      progress(percent, version, {
        description: `upgrade processing, block ${percent} of 100 was written to flash`,
      })
    await device.say(2, service(1))
    world.used.splice(0)
    return { backend, device, service, version }
  }

  it('costs one write unit for the state, one for the history, and no read', async () => {
    const { device, service } = await underWay()
    for (let percent = 2; percent < 12; percent++) await device.say(percent * 10, service(percent))
    assert.deepEqual(consumed(), { writes: 20, reads: 0, calls: 20 })
  })

  it('costs the same without an attempt', async () => {
    const { device, service } = await underWay({ attempt: false })
    for (let percent = 2; percent < 12; percent++) await device.say(percent * 10, service(percent))
    assert.deepEqual(consumed(), { writes: 20, reads: 0, calls: 20 })
  })

  it('costs the same through a gateway', async () => {
    const backend = wireUpgrades(world.table)
    const gateway = backend.device()
    const { device, service } = await underWay({ parentId: gateway.deviceId })
    for (let percent = 2; percent < 12; percent++) {
      const record = gateway.message([service(percent)], { at: percent * 10, about: device.deviceId })
      assert.deepEqual(await backend.ingest(batchOf(record)), [])
    }
    assert.deepEqual(consumed(), { writes: 20, reads: 0, calls: 20 })
  })

  it('costs the same when it tells the version that is known', async () => {
    const { device, version } = await underWay()
    for (let at = 10; at < 20; at++) await device.say(at, versions(version, `SW_${version}`))
    assert.deepEqual(consumed(), { writes: 20, reads: 0, calls: 20 })
  })

  it('costs the same when the attempt failed before, and repeats that it did', async () => {
    const { device, service, version } = await underWay()
    const failed = progress(0, version, {
      result_code: 255,
      description: 'image refused by the secure element',
    })
    await device.say(10, failed)
    world.used.splice(0)
    for (let percent = 2; percent < 7; percent++) await device.say(percent * 10, service(percent))
    assert.deepEqual(consumed(), { writes: 10, reads: 0, calls: 10 })
  })

  it('shares the write of the state with all reports of its device in a batch', async () => {
    const { backend, device, service } = await underWay()
    const records = Array.from({ length: 20 }, (_, n) => device.message([service(n + 2)], { at: 10 + n }))
    assert.deepEqual(await backend.ingest(batchOf(...records)), [])
    assert.deepEqual(consumed(), { writes: 21, reads: 0, calls: 21 })
  })

  it('leaves it to the sweep to move the check of silence on', async () => {
    const { backend, device, service } = await underWay()
    const day = 86_400
    await device.say(day - 60, service(50))
    assert.deepEqual(consumed(), { writes: 2, reads: 0, calls: 2 })
    backend.clock.now = start + (day + 60) * 1000
    const isDue = async (): Promise<boolean> => {
      for await (const { pk } of dueKeys(world.table, upgradeDueKind, backend.clock.now))
        if (pk.endsWith(device.deviceId)) return true
      return false
    }
    assert.equal(await isDue(), true)
    await backend.sweep()
    assert.deepEqual([await isDue(), await device.short()], [false, 'upgrading'])
  })
})
