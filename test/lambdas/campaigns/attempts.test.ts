import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { newId } from '../../../lambdas/runtime/new-id.ts'
import { openAttempt } from '../../../lambdas/upgrades/attempts.ts'
import type { Device } from '../../../lambdas/upgrades/devices.ts'
import { advances, type Campaigns, fails, start, wireCampaigns } from '../../support/campaigns.ts'
import { openTable } from '../../support/table.ts'

/** What opening an attempt does to the counts of the campaign that the attempt before it is in. */
describe('opening an attempt on a device of a campaign', () => {
  const world = openTable()
  let use: Campaigns
  let devices = 0
  let deviceId = ''
  let id = ''
  beforeEach(async () => {
    use = wireCampaigns(world.table)
    devices += 1
    deviceId = `device-${devices}`
    id = `campaign-${devices}`
    await use.put(id)
    await use.add(id, [deviceId])
  })

  const attempt = (target = '3.0', campaignId?: string) => ({
    id: newId(use.clock.now),
    package: 'firmware' as const,
    target,
    openedAt: use.clock.now,
    timeoutSeconds: 3600,
    campaignId,
    proveSeconds: 900,
    requestedBy: 'ann',
  })
  const open = (read: Device | undefined, one = attempt()) =>
    openAttempt(world.table, deviceId, read, one, { replace: true, now: use.clock.now })
  const states = async () =>
    Object.entries((await use.look(id)).states).filter(([, devicesInIt]) => devicesInIt !== 0)

  it('is refused if the device was changed since it was read, even without a report', async () => {
    use.clock.now += 3_600_000
    const read = await use.upgrades.get(deviceId)
    await use.concludeDevices()
    assert.equal(await open(read), 'changed')
    assert.equal(await open(await use.upgrades.get(deviceId)), 'opened')
    assert.deepEqual(await states(), [['timedOut', 1]])
  })

  it('keeps the fleet that the device got since it was read', async () => {
    const read = await use.upgrades.get(deviceId)
    await use.call('registerDevice', { params: { deviceId }, body: { fleet: 'north' } })
    await open(read)
    assert.equal((await use.upgrades.get(deviceId))?.fleet, 'north')
  })

  it('in the same campaign is refused, even if other attempts have followed', async () => {
    await use.say(deviceId, fails())
    use.clock.now += 1000
    assert.equal(await open(await use.upgrades.get(deviceId), attempt('2.0', id)), 'alreadyIn')
    assert.equal(await open(await use.upgrades.get(deviceId)), 'opened')
    use.clock.now += 1000
    assert.equal(await open(await use.upgrades.get(deviceId), attempt('2.0', id)), 'alreadyIn')
    assert.deepEqual(await states(), [['failed', 1]])
  })

  it('counts the version that an earlier attempt heard only where it belongs', async () => {
    await use.say(deviceId, advances(50, '1.5'))
    await use.put(`${id}-b`, { targetVersion: '3.0' })
    await open(await use.upgrades.get(deviceId), attempt('3.0', `${id}-b`))
    assert.deepEqual((await use.look(id)).versions, [{ version: '1.5', devices: 1 }])
    assert.deepEqual((await use.look(`${id}-b`)).versions, [])
  })

  it('ends the previous one for good, even if a later report shows that it was not silent', async () => {
    use.clock.now += 3_600_000
    await use.concludeDevices()
    assert.equal(await open(await use.upgrades.get(deviceId)), 'opened')
    assert.deepEqual(await states(), [['timedOut', 1]])
    await use.say(deviceId, advances(50), { receivedAt: start + 3_599_000 })
    assert.deepEqual(await states(), [['closed', 1]])
    use.clock.now += 7_200_000
    await use.sweepDevices()
    assert.deepEqual(await states(), [['closed', 1]])
  })
})
