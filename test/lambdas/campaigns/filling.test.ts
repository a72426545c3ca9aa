import assert from 'node:assert/strict'
import { before, beforeEach, describe, it } from 'node:test'
import {
  advances,
  type Campaigns,
  callerWith,
  fails,
  runs,
  someIds,
  start,
  wireCampaigns,
} from '../../support/campaigns.ts'
import { failingTable } from '../../support/failing-table.ts'
import { openTable } from '../../support/table.ts'

describe('filling a campaign', () => {
  const world = openTable()
  let use: Campaigns
  let campaigns = 0
  let id = ''
  /** Each test has devices of its own. */
  const device = (n: number) => `${id}-device-${n}`
  beforeEach(() => {
    use = wireCampaigns(world.table)
    campaigns += 1
    id = `campaign-${campaigns}`
  })

  it('opens an attempt with its settings for each device, once', async () => {
    await use.put(id, { package: 'software', timeoutSeconds: 600 })
    const opened = await use.add(id, [device(1), device(2), device(1)])
    assert.deepEqual(opened, [`${device(1)} opened`, `${device(2)} opened`])
    assert.deepEqual(await use.add(id, [device(2), device(3)]), [
      `${device(2)} alreadyIn`,
      `${device(3)} opened`,
    ])
    const attempt = (await use.upgrades.get(device(1)))?.attempt
    assert.deepEqual(
      { ...attempt, id: '' },
      {
        id: '',
        package: 'software',
        target: '2.0',
        openedAt: start,
        timeoutSeconds: 600,
        proveSeconds: 900,
        campaignId: id,
        phase: undefined,
        packageId: undefined,
        machines: undefined,
        requestedBy: 'machine-1',
      },
    )
    const { devices, states } = await use.look(id)
    assert.deepEqual([devices, states.pending], [3, 3])
  })

  it('does not add a device again whose attempt has ended', async () => {
    await use.put(id)
    await use.add(id, [device(1)])
    await use.say(device(1), fails())
    assert.deepEqual(await use.add(id, [device(1)]), [`${device(1)} alreadyIn`])
    const { devices, states } = await use.look(id)
    assert.deepEqual([devices, states.failed], [1, 1])
  })

  it('retries devices that ended without success, if requested; each still counts once', async () => {
    await use.put(id, { timeoutSeconds: 600 })
    const [failed, silent, back, done, open, fresh] = [1, 2, 3, 4, 5, 6].map(device)
    const [closed, elsewhere] = [7, 8].map(device)
    const members = [failed, silent, back, done, open, closed, elsewhere].map(String)
    await use.add(id, members)
    for (const one of [failed, elsewhere]) await use.say(String(one), fails())
    for (const one of [back, done]) await use.say(String(one), runs('2.0'))
    await use.say(String(back), runs('1.0'))
    const attempt = (await use.upgrades.get(String(closed)))?.attempt?.id ?? ''
    await use.call('closeUpgradeAttempt', { params: { deviceId: String(closed), id: attempt } })
    const other = { package: 'firmware', targetVersion: '9.0' }
    await use.call('openUpgradeAttempt', { params: { deviceId: String(elsewhere) }, body: other })
    use.clock.now += 599_000
    await use.say(String(open), advances(10))
    use.clock.now += 1_000
    await use.concludeDevices()
    const before = await use.look(id)
    assert.partialDeepStrictEqual(before.states, { failed: 2, timedOut: 1, rolledBack: 1, closed: 1 })

    const outcomes = await use.add(id, [...members, String(fresh)], { retry: true })
    assert.deepEqual(outcomes, [
      ...[failed, silent, back].map((one) => `${one} retried`),
      `${done} succeeded`,
      `${open} alreadyIn`,
      `${closed} retried`,
      `${elsewhere} anotherOpen`,
      `${fresh} opened`,
    ])
    const { states, devices } = await use.look(id)
    assert.partialDeepStrictEqual(states, { pending: 5, upgrading: 1, succeeded: 1, failed: 1, closed: 0 })
    assert.equal(devices, 8)
    await use.call('openUpgradeAttempt', {
      params: { deviceId: String(elsewhere) },
      body: { ...other, targetVersion: '9.1', replace: true },
    })
    await use.say(String(elsewhere), fails())
    assert.deepEqual(await use.add(id, [String(elsewhere)], { retry: true }), [`${elsewhere} retried`])
    assert.partialDeepStrictEqual((await use.look(id)).states, { pending: 6, failed: 0 })
    assert.deepEqual((await use.devices(id, { state: 'failed' })).items, [])
  })

  it('leaves a device alone that has an attempt outside of it', async () => {
    await use.put(id)
    const apart = { package: 'firmware', targetVersion: '2.0' }
    await use.call('openUpgradeAttempt', { params: { deviceId: device(1) }, body: apart })
    await use.call('openUpgradeAttempt', {
      params: { deviceId: device(2) },
      body: { ...apart, targetVersion: '3' },
    })
    assert.deepEqual(await use.add(id, [device(1), device(2)]), [
      `${device(1)} anotherOpen`,
      `${device(2)} anotherOpen`,
    ])
    assert.equal((await use.look(id)).devices, 0)
  })

  it('adds no device after an abort; only the first abort counts', async () => {
    await use.put(id)
    await use.add(id, [device(1)])
    const aborted = await use.call('abortCampaign', { params: { id }, claims: callerWith('operate') })
    assert.equal(aborted.status, 202)
    assert.equal(aborted.headers.location, `/v1/campaigns/${id}`)
    use.clock.now += 1000
    assert.equal((await use.call('abortCampaign', { params: { id } })).status, 202)
    assert.deepEqual((await use.look(id)).aborted, {
      at: new Date(start).toISOString(),
      by: 'ann',
      reason: 'operator',
    })
    const { problem } = await use.call('addCampaignDevices', {
      params: { id },
      body: { deviceIds: [device(2)] },
    })
    assert.equal(problem.name, 'campaign-aborted')
  })

  it('says which devices are left when time or the table fails, and a repeat adds them', async () => {
    await use.put(id)
    const broken = failingTable(world.table, (call) =>
      call.startsWith('TransactWrite') && call.includes(`DEVICE#${device(2)}"`) ? 'lost' : undefined,
    )
    const before = wireCampaigns(broken)
    assert.deepEqual(await before.add(id, [device(1), device(2)]), [
      `${device(1)} opened`,
      `${device(2)} notDone`,
    ])
    assert.deepEqual(await use.add(id, [device(1), device(2)]), [
      `${device(1)} alreadyIn`,
      `${device(2)} opened`,
    ])
  })

  it('adds up to five hundred devices at once', async () => {
    await use.put(id)
    const ids = someIds(500, id)
    assert.ok((await use.add(id, ids)).every((outcome) => outcome.endsWith(' opened')))
    assert.equal((await use.look(id)).states.pending, 500)
    const { problem } = await use.call('addCampaignDevices', {
      params: { id },
      body: { deviceIds: [...ids, device(501)] },
    })
    assert.equal(problem.errors?.[0]?.path, 'deviceIds')
  })

  it('accepts the longest ids, five hundred of them, in any JSON encoding', async () => {
    const fleet = 'elsewhere'
    await use.put(id, { fleet })
    const longest = Array.from({ length: 500 }, (_, n) => String(n).padStart(128, '_'))
    for (const body of [{ deviceIds: longest }, JSON.stringify({ deviceIds: longest }, undefined, 4)]) {
      const { status, text } = await use.call('addCampaignDevices', { params: { id }, body })
      assert.equal(status, 200, text.slice(0, 200))
      assert.equal(text.match(/"notPermitted"/g)?.length, 500)
    }
  })
})

describe('an attempt that is opened on its own for a campaign', () => {
  const world = openTable()
  const use = wireCampaigns(world.table)
  before(async () => {
    await use.put('spring')
  })
  const open = (deviceId: string, more: object = {}) =>
    use.call('openUpgradeAttempt', {
      params: { deviceId },
      body: { package: 'firmware', targetVersion: '2.0', campaignId: 'spring', ...more },
    })

  it('counts in it, once', async () => {
    assert.equal((await open('one')).status, 202)
    assert.equal((await open('one')).status, 200)
    await use.say('one', fails())
    assert.equal((await open('one')).problem.name, 'already-in-campaign')
    assert.equal((await open('one', { replace: true })).problem.name, 'already-in-campaign')
    assert.equal((await use.look('spring')).devices, 1)
  })

  it('needs a running campaign for this upgrade that the caller may see', async () => {
    assert.equal((await open('two', { campaignId: 'autumn' })).problem.name, 'unknown-campaign')
    assert.equal((await open('two', { targetVersion: '3' })).problem.errors?.[0]?.path, 'targetVersion')
    assert.equal((await open('two', { package: 'software' })).problem.errors?.[0]?.path, 'package')
    await use.put('over')
    await use.call('abortCampaign', { params: { id: 'over' } })
    assert.equal((await open('two', { campaignId: 'over' })).problem.name, 'campaign-aborted')
    assert.equal(await use.upgrades.get('two'), undefined)
  })
})
