import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { countCampaign } from '../../../lambdas/campaigns/counts.ts'
import { projectUpgrade } from '../../../lambdas/upgrades/project-upgrade.ts'
import { batchOf } from '../../support/dock-messages.ts'
import { failingTable } from '../../support/failing-table.ts'
import { openTable } from '../../support/table.ts'
import { fault, progress, start, versions, wireUpgrades } from '../../support/upgrades.ts'

/** What the indexes and the counts of a campaign know of devices. */
describe('the counts of upgrades', () => {
  const world = openTable()
  let campaigns = 0

  const counts = async (campaignId: string): Promise<Record<string, number>> => {
    const { states, versions, reasons } = await countCampaign(world.table, campaignId)
    const named = (group: string, of: Readonly<Record<string, number>>) =>
      Object.entries(of).map(([name, devices]) => [`${group} ${name}`, devices])
    return Object.fromEntries([
      ...named('state', states),
      ...named('version', versions),
      ...named('reason', reasons),
    ])
  }

  const campaign = async (devices: number) => {
    const backend = wireUpgrades(world.table)
    const campaignId = `campaign-${++campaigns}`
    await backend.campaign(campaignId)
    const members = Array.from({ length: devices }, () => backend.device())
    for (const device of members) await device.open('v2', { campaignId, timeoutSeconds: 600 })
    return { backend, campaignId, members }
  }

  it('counts each device once by its state, its version, and why it failed', async () => {
    const { backend, campaignId, members } = await campaign(5)
    const [failed, done, running, , closed] = members
    assert.deepEqual(await counts(campaignId), { 'state pending': 5 })
    await failed?.say(5, fault(7))
    await done?.say(6, versions('v2'))
    await running?.say(7, progress(10, 'v1'))
    await closed?.close((await closed.attempts())[0]?.id ?? '')
    await backend.conclude(605)
    assert.deepEqual(await counts(campaignId), {
      'state failed': 1,
      'state succeeded': 1,
      'state upgrading': 1,
      'state timedOut': 1,
      'state closed': 1,
      'reason verificationFailed': 1,
      'version v1': 2,
      'version v2': 1,
    })
  })

  it('follows a device that fails, succeeds after all, and rolls back', async () => {
    const { campaignId, members } = await campaign(1)
    const [device] = members
    await device?.say(5, fault(6))
    await device?.say(6, versions('v2'))
    assert.deepEqual(await counts(campaignId), { 'state succeeded': 1, 'version v2': 1 })
    await device?.say(7, versions('v1'))
    assert.deepEqual(await counts(campaignId), {
      'state rolledBack': 1,
      'version v1': 1,
      'reason rolledBack': 1,
    })
  })

  it('counts a replaced attempt as closed', async () => {
    const { campaignId, members } = await campaign(1)
    await members[0]?.open('v3', { replace: true })
    assert.deepEqual(await counts(campaignId), { 'state closed': 1 })
  })

  it('is exact when everything happens at once', async () => {
    const { backend, campaignId, members } = await campaign(4)
    const records = members.flatMap((device) =>
      Array.from({ length: 5 }, (_, n) => [
        device.message([progress(n, 'v1')], { at: n }),
        device.message([fault(6), versions('v1')], { at: 10 + n }),
        device.message([progress(100, 'v2')], { at: 20 + n }),
      ]).flat(),
    )
    let left = records
    for (let rounds = 0; left.length > 0 && rounds < 20; rounds++) {
      const failed = await Promise.all([
        ...left.map((record) => backend.ingest(batchOf(record))),
        ...members.map(
          async ({ deviceId }) => void (await backend.upgrades.review(deviceId).catch(() => {})),
        ),
      ])
      const ids = failed.flatMap((messageIds) => messageIds ?? [])
      left = left.filter(({ messageId }) => ids.includes(messageId))
    }
    assert.deepEqual(left, [])
    assert.deepEqual(await counts(campaignId), { 'state upgrading': 4, 'version v2': 4 })
  })

  it('count an end once if two writers project the same', async () => {
    const { backend, campaignId, members } = await campaign(1)
    const [device] = members
    assert.ok(device)
    const withoutTelling = wireUpgrades(
      failingTable(world.table, (call) =>
        call.includes('"ConditionExpression":"rev = :rev"') ? 'lost' : undefined,
      ),
    )
    await withoutTelling.ingest(batchOf(device.message([fault(6)], { at: 5 })))
    const known = await backend.upgrades.get(device.deviceId)
    assert.ok(known)
    const key = { pk: `DEVICE#${device.deviceId}`, sk: 'DEVICE' }
    for (const _ of [1, 2]) await projectUpgrade(world.table, key, known, start + 6_000)
    assert.deepEqual(await counts(campaignId), {
      'state failed': 1,
      'version v1': 1,
      'reason downloadTimedOut': 1,
    })
  })

  it('ignore a projection that has been overtaken', async () => {
    const { backend, campaignId, members } = await campaign(1)
    const [device] = members
    assert.ok(device)
    const before = await backend.upgrades.get(device.deviceId)
    assert.ok(before)
    await device.say(5, versions('v2'))
    const key = { pk: `DEVICE#${device.deviceId}`, sk: 'DEVICE' }
    await projectUpgrade(world.table, key, before, start + 700_000)
    assert.deepEqual(await counts(campaignId), { 'state succeeded': 1, 'version v2': 1 })
  })
})
