import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { campaignDueKind } from '../../../lambdas/campaigns/put.ts'
import { CampaignSummary } from '../../../lambdas/campaigns/shapes.ts'
import { page } from '../../../lambdas/http/shapes.ts'
import { dueKeys } from '../../../lambdas/table/pages.ts'
import {
  advances,
  type Campaigns,
  fails,
  runs,
  someIds,
  start,
  wireCampaigns,
} from '../../support/campaigns.ts'
import { failingTable, failOnce } from '../../support/failing-table.ts'
import { openTable } from '../../support/table.ts'

describe('the sweep of campaigns', () => {
  let world = openTable()
  let use: Campaigns
  let campaigns = 0
  let id = ''
  beforeEach(() => {
    world = openTable()
    use = wireCampaigns(world.table)
    campaigns += 1
    id = `campaign-${campaigns}`
  })

  const isDue = async (): Promise<boolean> => {
    for await (const { pk } of dueKeys(world.table, campaignDueKind, use.clock.now))
      if (pk === `CAMPAIGN#${id}`) return true
    return false
  }
  const filled = async (count: number, abort?: object): Promise<string[]> => {
    const ids = someIds(count, id)
    await use.put(id, abort ? { abort } : {})
    await use.add(id, ids)
    return ids
  }
  const abort = () => use.call('abortCampaign', { params: { id } })
  const all = async (deviceIds: readonly string[], said: Parameters<Campaigns['say']>[1]) => {
    for (const deviceId of deviceIds) await use.say(deviceId, said)
  }

  it('aborts a campaign when its failures reach the threshold, and closes what is pending', async () => {
    const ids = await filled(10, { failedPercent: 50, minimumFinished: 4 })
    await all(ids.slice(0, 2), runs('2.0'))
    await all(ids.slice(2, 3), fails())
    await use.say(ids[9] ?? '', advances(10))
    await use.sweep()
    assert.equal((await use.look(id)).aborted, undefined)
    await all(ids.slice(3, 4), fails())
    use.clock.now += 1000
    await use.sweep()
    const { aborted, states } = await use.look(id)
    const at = new Date(start + 1000).toISOString()
    assert.deepEqual(aborted, { at, by: 'groundcrew', reason: 'threshold', finished: 4, failed: 2 })
    assert.deepEqual(states, {
      pending: 0,
      upgrading: 1,
      succeeded: 2,
      failed: 2,
      timedOut: 0,
      rolledBack: 0,
      closed: 5,
    })
    assert.equal((await use.upgrades.get(ids[5] ?? ''))?.registers.closed?.by, 'groundcrew')
  })

  it('leaves a campaign without a threshold alone', async () => {
    const ids = await filled(3)
    await all(ids, fails())
    await use.sweep()
    assert.equal((await use.look(id)).aborted, undefined)
  })

  it('closes pending attempts in the name of the person who aborted', async () => {
    const [first = ''] = await filled(3)
    await abort()
    await use.sweep()
    assert.deepEqual((await use.devices(id, { state: 'closed' })).items.length, 3)
    assert.equal((await use.upgrades.get(first))?.registers.closed?.by, 'machine-1')
  })

  it('does not close what a device has begun at that moment', async () => {
    const [deviceId = ''] = await filled(1)
    await abort()
    let said = false
    const table = failingTable(world.table, async (call) => {
      if (said || !call.includes('closed = if_not_exists')) return undefined
      said = true
      await use.say(deviceId, advances(5))
      return undefined
    })
    await wireCampaigns(table, use.clock).sweep()
    assert.ok(said)
    assert.deepEqual((await use.devices(id)).items, [`${deviceId} upgrading`])
    assert.equal((await use.look(id)).states.upgrading, 1)
  })

  it('closes what was added while the campaign was aborted and swept', async () => {
    await filled(2)
    let aborted = false
    const table = failingTable(world.table, async (call) => {
      if (aborted || !call.startsWith('TransactWrite')) return undefined
      aborted = true
      await abort()
      await use.sweep()
      return undefined
    })
    const late = wireCampaigns(table, use.clock)
    assert.deepEqual(await late.add(id, [`${id}-late`]), [`${id}-late aborted`])
    use.clock.now += 59_000
    await use.sweep()
    assert.deepEqual((await use.look(id)).states.pending, 0)
    use.clock.now += 2_000
    await use.sweep()
    assert.ok(!(await isDue()))
  })

  it('closes a large campaign over several runs', async () => {
    await filled(120)
    await abort()
    // What is read of a shard takes so long that the run has no time for the next.
    const table = failingTable(world.table, (call) => {
      const isShard = call.startsWith('QueryCommand') && call.includes('"pending"') && call.includes(`${id}#`)
      if (isShard) use.clock.now += 5_000
      return undefined
    })
    const slow = wireCampaigns(table, use.clock)
    const left: number[] = []
    while (await isDue()) {
      await slow.sweep()
      left.push((await use.look(id)).states.pending)
      assert.ok(left.length < 20, left.join())
    }
    assert.ok(left.length > 3 && left.at(-1) === 0, left.join())
    assert.deepEqual(
      left.toSorted((one, other) => other - one),
      left,
    )
  })

  for (const fate of ['lost', 'unanswered'] as const)
    it(`loses nothing when it is cut off in the middle of a page (${fate})`, async () => {
      const ids = await filled(110)
      await abort()
      const cutOff = new RegExp(`^UpdateCommand.*"pk":"DEVICE#${ids[105]}"`)
      await wireCampaigns(failOnce(world.table, cutOff, fate), use.clock).sweep()
      use.clock.now += 60_000
      assert.ok(await isDue())
      await use.sweep()
      const { states } = await use.look(id)
      assert.deepEqual([states.pending, states.closed], [0, 110])
      use.clock.now += 61_000
      await use.sweep()
      assert.ok(!(await isDue()))
    })

  it('does no harm when it runs twice at once', async () => {
    await filled(30)
    await abort()
    await Promise.all([use.sweep(), use.sweep()])
    await use.sweep()
    const { states } = await use.look(id)
    assert.deepEqual([states.pending, states.closed], [0, 30])
  })

  it('looks at a campaign until all its devices have ended, and no longer', async () => {
    const [first = '', second = ''] = await filled(2)
    await use.say(first, runs('2.0'))
    use.clock.now += 120_000
    await use.sweep()
    assert.ok(await isDue())
    await use.say(second, fails())
    await use.sweep()
    assert.ok(!(await isDue()))
    await use.say(second, runs('2.0'))
    assert.equal((await use.look(id)).states.succeeded, 2)
  })

  it('counts for the list, which does not count itself', async () => {
    const listed = async () => {
      const { body } = await use.call('listCampaigns', { query: { limit: '200' } })
      return page(CampaignSummary)
        .parse(body)
        .items.find((one) => one.id === id)?.counted
    }
    const [first = '', second = ''] = await filled(3)
    assert.equal(await listed(), undefined)
    await use.say(first, runs('2.0'))
    await use.say(second, fails())
    await use.sweep()
    const at = new Date(use.clock.now).toISOString()
    const counted = { at, devices: 3, open: 1, succeeded: 1, unsuccessful: 1 }
    assert.deepEqual(await listed(), counted)
    use.clock.now += 60_000
    await use.sweep()
    assert.deepEqual(await listed(), counted, 'nothing is written while nothing changes')
  })

  it('does not end its work on a campaign that may get devices at this moment', async () => {
    await use.put(id)
    const adding = failingTable(world.table, async (call) => {
      if (call.startsWith('TransactWrite')) await use.sweep()
      return undefined
    })
    await wireCampaigns(adding, use.clock).add(id, [`${id}-1`])
    assert.ok(await isDue())
  })

  it('looks again at a campaign that gets more devices', async () => {
    const [first = ''] = await filled(1)
    await use.say(first, fails())
    use.clock.now += 120_000
    await use.sweep()
    await use.add(id, [`${id}-new`])
    assert.ok(await isDue())
  })

  it('goes on with the other campaigns when one fails', async () => {
    await filled(1)
    await abort()
    const broken = id
    id = `${id}-other`
    await filled(1)
    await abort()
    const table = failingTable(world.table, (call) =>
      call.includes(`"CAMPAIGN#${broken}"`) ? 'lost' : undefined,
    )
    await wireCampaigns(table, use.clock).sweep()
    assert.equal((await use.look(id)).states.closed, 1)
    assert.equal((await use.look(broken)).states.pending, 1)
  })
})
