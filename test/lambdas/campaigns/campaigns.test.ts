import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod'
import { countCampaign, summaryOf } from '../../../lambdas/campaigns/counts.ts'
import { CampaignSummary } from '../../../lambdas/campaigns/shapes.ts'
import { campaignStore } from '../../../lambdas/campaigns/store.ts'
import type { Table } from '../../../lambdas/table/client.ts'
import { countedIn, deviceKey } from '../../../lambdas/table/keys.ts'
import {
  advances,
  type Campaigns,
  fails,
  runs,
  someIds,
  start,
  wireCampaigns,
} from '../../support/campaigns.ts'
import { openTable } from '../../support/table.ts'

describe('a campaign', () => {
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

  it('begins empty, and the same settings again change nothing', async () => {
    const made = await use.put(id, { abort: { failedPercent: 20, minimumFinished: 5 } })
    assert.equal(made.status, 200)
    assert.deepEqual(made.body, {
      id,
      name: 'Spring',
      package: 'firmware',
      targetVersion: '2.0',
      timeoutSeconds: 3600,
      proveSeconds: 900,
      evidence: { proving: 0, matched: 0, confirmed: 0 },
      abort: { failedPercent: 20, minimumFinished: 5 },
      requestedBy: 'machine-1',
      createdAt: new Date(start).toISOString(),
      devices: 0,
      versions: [],
      otherVersions: 0,
      failures: [],
      states: { pending: 0, upgrading: 0, succeeded: 0, failed: 0, timedOut: 0, rolledBack: 0, closed: 0 },
    })
    use.clock.now += 5000
    const again = await use.put(id, { abort: { failedPercent: 20, minimumFinished: 5 } })
    assert.deepEqual(again.body, made.body)
  })

  it('changes only the given fields', async () => {
    const headers = { 'if-none-match': '*' }
    const params = { params: { id } }
    const body = { name: 'Spring', package: 'firmware', targetVersion: '2.0', fleet: 'north' }
    const threshold = { abort: { failedPercent: 20, minimumFinished: 5 } }
    const make = (settings: object) =>
      use.call('putCampaign', { ...params, headers, body: { ...body, ...threshold, ...settings } })
    const made = z.looseObject({}).parse((await make({ timeoutSeconds: 3600 })).body)
    const again = await make({ name: 'Other' })
    assert.deepEqual([again.status, again.problem.href], [412, `/v1/campaigns/${id}`])
    const change = (change: object) => use.done('changeCampaign', { ...params, body: change })
    assert.deepEqual(await change({}), made)
    assert.deepEqual(await change({ name: 'Summer' }), { ...made, name: 'Summer' })
    const { abort: _, ...rest } = made
    const expected = { ...rest, name: 'Summer', timeoutSeconds: 86_400, proveSeconds: 60 }
    for (let times = 0; times < 2; times++)
      assert.deepEqual(await change({ abort: null, timeoutSeconds: null, proveSeconds: 60 }), expected)
    assert.deepEqual(await use.done('getCampaign', params), expected)
  })

  it('refuses a change that PUT would refuse, and changes nothing', async () => {
    await use.put(id, { fleet: 'north' })
    await use.add(id, [device(1)])
    const params = { params: { id } }
    const before = await use.done('getCampaign', params)
    const change = async (body: object, scope = 'operate') => {
      const claims = { sub: 'x', scope: `groundcrew/${scope}` }
      const { status, problem } = await use.call('changeCampaign', { ...params, body, claims })
      return `${status} ${problem.name} ${problem.errors?.map(({ path }) => path) ?? ''}`.trim()
    }
    assert.equal(await change({ targetVersion: '3.0' }), '409 campaign-has-devices')
    assert.equal(await change({ fleet: null }), '409 campaign-has-devices')
    assert.equal(await change({ targetVersion: null }), '422 invalid-request targetVersion')
    assert.equal(await change({ pace: { perMinute: 5 } }), '422 invalid-request pace')
    assert.equal(await change({ fleet: null }, 'operate@north'), '403 not-permitted')
    assert.equal(await change({ name: 'Mine' }, 'operate@south'), '404 unknown-campaign')
    assert.deepEqual(await use.done('getCampaign', params), before)
    await use.done('changeCampaign', { ...params, body: { timeoutSeconds: 60 } })
  })

  it('loses no concurrent change', async () => {
    await use.put(id)
    const params = { params: { id } }
    const changes = [{ name: 'Summer' }, { proveSeconds: 60 }, { timeoutSeconds: 70 }, { fleet: 'north' }]
    await Promise.all(changes.map((body) => use.done('changeCampaign', { ...params, body })))
    const after = z.looseObject({}).parse(await use.done('getCampaign', params))
    for (const [name, value] of changes.flatMap((change) => Object.entries(change)))
      assert.equal(after[name], value, name)
  })

  it('is deleted once it has ended, and its records stay', async () => {
    await use.put(id, { fleet: 'default' })
    await use.add(id, [device(1), device(2)])
    const params = { params: { id } }
    const remove = () => use.call('deleteCampaign', params)
    const refused = await remove()
    assert.deepEqual([refused.status, refused.problem.name], [409, 'campaign-in-use'])
    for (const n of [1, 2]) await use.say(device(n), runs('2.0'))
    assert.equal((await remove()).problem.name, 'campaign-in-use', 'devices may still be let in')
    use.clock.now += 120_000
    await use.sweep()
    const claims = { sub: 'x', scope: 'groundcrew/operate@elsewhere' }
    assert.equal((await use.call('deleteCampaign', { ...params, claims })).problem.name, 'unknown-campaign')
    const before = await use.look(id)
    for (let times = 0; times < 2; times++) assert.equal((await remove()).status, 204)
    const list = await use.done('listCampaigns', { query: { fleet: 'default' } })
    assert.ok(!JSON.stringify(list).includes(`"${id}"`))
    const deleted = { at: new Date(use.clock.now).toISOString(), by: 'machine-1' }
    assert.deepEqual(await use.look(id), { ...before, deleted })
    assert.equal((await use.devices(id)).items.length, 2)
    for (const [route, body] of [
      ['changeCampaign', { name: 'Other' }],
      ['changeCampaign', { abort: null }],
      ['addCampaignDevices', { deviceIds: [device(3)] }],
      ['abortCampaign', undefined],
      ['startCampaign', undefined],
    ] as const)
      assert.equal((await use.call(route, { ...params, body })).problem.name, 'campaign-deleted', route)
    assert.equal((await use.put(id, { fleet: 'default' })).problem.name, 'campaign-deleted')
    const attempt = { package: 'firmware', targetVersion: '2.0', campaignId: id }
    const joined = await use.call('openUpgradeAttempt', { params: { deviceId: device(3) }, body: attempt })
    assert.equal(joined.problem.name, 'campaign-deleted')
    assert.deepEqual(await use.look(id), { ...before, deleted })
  })

  it('counts devices that were removed as before', async () => {
    await use.put(id, { fleet: 'default' })
    await use.add(id, [device(1), device(2)])
    for (const n of [1, 2]) await use.say(device(n), runs('2.0'))
    const before = await use.look(id)
    await use.done('deleteDevice', { params: { deviceId: device(1) } })
    assert.deepEqual(await use.look(id), before)
    assert.equal((await use.devices(id)).items.length, 2)
    use.clock.now += 120_000
    await use.sweep()
    const { counted } = CampaignSummary.parse(
      z
        .object({ items: z.array(z.unknown()) })
        .parse(await use.done('listCampaigns', { query: { fleet: 'default' } }))
        .items.find((one) => z.looseObject({ id: z.string() }).parse(one).id === id),
    )
    assert.deepEqual([counted?.devices, counted?.succeeded], [2, 2])
  })

  it('is deleted before it has begun, at once', async () => {
    await use.put(id)
    assert.equal((await use.call('deleteCampaign', { params: { id } })).status, 204)
    use.clock.now += 120_000
    await use.sweep()
    assert.ok((await use.look(id)).deleted)
  })

  it('allows a device a day of silence by default', async () => {
    await use.call('putCampaign', {
      params: { id },
      body: { name: 'Spring', package: 'firmware', targetVersion: '2.0' },
    })
    assert.equal((await use.look(id)).timeoutSeconds, 86_400)
  })

  it('counts by state, by version and by reason', async () => {
    await use.put(id)
    await use.add(id, [1, 2, 3, 4, 5, 6].map(device))
    await use.say(device(1), runs('1.0'))
    await use.say(device(2), advances(40, '1.0'))
    await use.say(device(3), runs('2.0'))
    await use.say(device(4), fails(4))
    await use.say(device(5), fails(4))
    await use.say(device(6), fails(99))
    const { states, versions, failures } = await use.look(id)
    assert.deepEqual(states, {
      pending: 1,
      upgrading: 1,
      succeeded: 1,
      failed: 3,
      timedOut: 0,
      rolledBack: 0,
      closed: 0,
    })
    assert.deepEqual(versions, [
      { version: '1.0', devices: 2 },
      { version: '2.0', devices: 1 },
    ])
    assert.deepEqual(failures, [
      { reason: 'lowBattery', devices: 2 },
      { reason: 'unknownResult', devices: 1 },
    ])
  })

  it('counts silence as a failure, until the device reports the target after all', async () => {
    await use.put(id)
    await use.add(id, [device(1), device(2)])
    use.clock.now += 3_600_000
    await use.sweepDevices()
    assert.deepEqual((await use.look(id)).failures, [])
    await use.concludeDevices()
    assert.deepEqual((await use.look(id)).failures, [{ reason: 'silent', devices: 2 }])
    await use.say(device(1), runs('2.0'))
    const { states } = await use.look(id)
    assert.deepEqual([states.succeeded, states.timedOut], [1, 1])
  })

  it('reads a few items for its counts, however many devices it has', async () => {
    await use.put(id)
    await use.add(id, someIds(100, id))
    world.used.length = 0
    await use.look(id)
    const units = world.used.reduce((sum, one) => sum + one.units, 0)
    // A query for each shard, and the campaign.
    assert.ok(units <= 10, `${units} units`)
  })

  it('keeps its package, target and fleet once devices are in, but not its name', async () => {
    await use.put(id, { targetVersion: '1.9' })
    assert.equal((await use.put(id)).status, 200)
    await use.add(id, [device(1)])
    for (const other of [{ targetVersion: '2.1' }, { package: 'software' }, { fleet: 'north' }]) {
      const { status, problem } = await use.put(id, other)
      assert.deepEqual([status, problem.name], [409, 'campaign-has-devices'])
    }
    assert.equal((await use.put(id, { name: 'Summer' })).status, 200)
    assert.equal((await use.look(id)).name, 'Summer')
  })

  it('is listed with the newest first', async () => {
    use.clock.now += 60_000 * campaigns
    await use.put(id, { fleet: 'listed' })
    use.clock.now += 1000
    await use.put(`${id}-b`, { fleet: 'listed' })
    const { body } = await use.call('listCampaigns', { query: { fleet: 'listed' } })
    assert.deepEqual(idsIn(body), [`${id}-b`, id])
  })

  it('lists its devices by state, page by page', async () => {
    await use.put(id)
    const ids = someIds(7, id)
    await use.add(id, ids)
    for (const failing of [0, 3, 6]) await use.say(ids[failing] ?? '', fails())
    const first = await use.devices(id, { limit: '2', state: 'failed' })
    const second = await use.devices(id, { limit: '2', state: 'failed', cursor: first.next ?? '' })
    assert.deepEqual(
      [...first.items, ...second.items].sort(),
      [0, 3, 6].map((n) => `${ids[n]} failed`),
    )
    assert.deepEqual([first.items.length, second.next], [2, undefined])
    assert.equal((await use.devices(id)).items.length, 7)
    assert.equal((await use.devices(id, { limit: '7' })).next, undefined)
    const place = (of: unknown) => Buffer.from(JSON.stringify(of)).toString('base64url')
    for (const query of [
      { cursor: 'no#id' },
      ...['x', place([16]), place([0, ['DOCK#1', 'DOCK']]), place([-1])].map((cursor) => ({
        cursor,
        state: 'failed',
      })),
    ]) {
      const strange = await use.call('listCampaignDevices', { params: { id }, query })
      assert.equal(strange.problem.name, 'invalid-request', JSON.stringify(query))
    }
  })

  it('still shows the attempt of a device that has begun another since', async () => {
    await use.put(id)
    await use.add(id, [device(1)])
    await use.call('openUpgradeAttempt', {
      params: { deviceId: device(1) },
      body: { package: 'firmware', targetVersion: '3.0', replace: true },
    })
    assert.deepEqual((await use.devices(id)).items, [`${device(1)} closed`])
    const { devices, states } = await use.look(id)
    assert.deepEqual([devices, states.closed], [1, 1])
  })
})

const idsIn = (body: unknown): string[] => {
  const { items } = Object(body)
  return items.map(({ id }: { id: string }) => id)
}

describe('a campaign of thousands of devices', () => {
  /** As the index knows them, none of which the sweep looks after. */
  const atRest = async (table: Table, devices: number) => {
    const use = wireCampaigns(table)
    const id = `campaign-of-${devices}`
    await use.put(id)
    const items = someIds(devices, id).map((deviceId) => ({
      ...deviceKey(deviceId),
      countedIn: countedIn(id, deviceId),
      state: 'succeeded',
    }))
    for (let at = 0; at < items.length; at += 25)
      await table.client.send(
        new BatchWriteCommand({
          RequestItems: {
            [table.name]: items.slice(at, at + 25).map((Item) => ({ PutRequest: { Item } })),
          },
        }),
      )
    return { use, id }
  }

  it('that has ended is counted once in two minutes, however often somebody looks', async () => {
    const world = openTable()
    const { use, id } = await atRest(world.table, 2_100)
    const look = async () => {
      world.used.splice(0)
      const { devices, countedAt } = await use.look(id)
      const queries = world.used.filter(({ operation }) => operation === 'Query').length
      return { devices, countedAt, isCounted: queries > 0 }
    }
    const counted = { devices: 2_100, countedAt: undefined, isCounted: true }
    const kept = { devices: 2_100, countedAt: new Date(start).toISOString(), isCounted: false }
    assert.deepEqual([await look(), await look()], [counted, kept])
    use.clock.now += 119_999
    assert.deepEqual(await look(), kept)
    use.clock.now += 1
    assert.deepEqual(await look(), counted)
  })

  it('shows what the sweep counted last, also after it has ended', async () => {
    const world = openTable()
    const { use, id } = await atRest(world.table, 2_100)
    await campaignStore(world.table).keepSummary(id, summaryOf(await countCampaign(world.table, id)), start)
    use.clock.now += 60_000
    assert.equal((await use.look(id)).countedAt, new Date(start).toISOString())
    use.clock.now += 60_000
    assert.equal((await use.look(id)).countedAt, undefined)
  })
})
