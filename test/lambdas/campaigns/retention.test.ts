import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { DeleteCommand, QueryCommand } from '@aws-sdk/lib-dynamodb'
import { campaignKey } from '../../../lambdas/table/keys.ts'
import { defaultRetention } from '../../../lambdas/table/schema.ts'
import { type Campaigns, fails, runs, someIds, start, wireCampaigns } from '../../support/campaigns.ts'
import { openTable } from '../../support/table.ts'

const day = 86_400
const hour = 3_600_000
/** Epoch seconds at which what is kept from then on, epoch ms, expires. */
const keptFrom = (at: number): number => at / 1000 + defaultRetention.upgrades * day

describe('what is kept of a campaign', () => {
  const world = openTable()
  let use: Campaigns
  let campaigns = 0
  let id = ''
  beforeEach(() => {
    use = wireCampaigns(world.table)
    campaigns += 1
    id = `campaign-${campaigns}`
  })

  const rows = async () => {
    const { Items = [] } = await world.table.client.send(
      new QueryCommand({
        TableName: world.table.name,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': campaignKey(id).pk },
      }),
    )
    return Items
  }
  /** When its rows of a kind expire, each time once. */
  const expiryOf = async (kind: 'CAMPAIGN' | 'DEVICE'): Promise<unknown[]> => {
    const ofKind = (await rows()).filter(({ sk }) => String(sk).startsWith(kind))
    return [...new Set(ofKind.map(({ expiresAt }) => expiresAt))]
  }
  const later = (ms: number): number => {
    use.clock.now += ms
    return use.clock.now
  }
  /** A campaign of two devices that has ended and was swept, and when. */
  const ended = async () => {
    const ids = someIds(2, id)
    await use.put(id)
    await use.add(id, ids)
    for (const deviceId of ids) await use.say(deviceId, fails())
    const at = later(hour)
    await use.sweep()
    return at
  }

  it('does not expire while devices may still change it, but each device does', async () => {
    const [first = ''] = someIds(2, id)
    await use.put(id)
    await use.add(id, someIds(2, id))
    await use.say(first, fails())
    later(hour)
    await use.sweep()
    assert.deepEqual(
      [await expiryOf('CAMPAIGN'), await expiryOf('DEVICE')],
      [[undefined], [keptFrom(start + hour)]],
    )
  })

  it('lasts as long as reports once all have ended', async () => {
    const at = await ended()
    assert.deepEqual(await expiryOf('CAMPAIGN'), [keptFrom(at)])
  })

  it('does not expire any more once devices are added', async () => {
    await ended()
    later(hour)
    await use.add(id, [`${id}-late`])
    assert.deepEqual(await expiryOf('CAMPAIGN'), [undefined])
  })

  for (const [what, act] of Object.entries({
    'a repeat of its settings': () => use.put(id),
    'an abort': () => use.call('abortCampaign', { params: { id } }),
  }))
    it(`lasts anew after ${what}`, async () => {
      await ended()
      later(100 * hour)
      await act()
      await use.sweep()
      const at = later(hour)
      await use.sweep()
      const [until] = await expiryOf('CAMPAIGN')
      assert.ok([keptFrom(at), keptFrom(at - hour)].includes(Number(until)))
    })

  it('without devices counts from its creation', async () => {
    await use.put(id)
    await use.sweep()
    assert.deepEqual(await expiryOf('CAMPAIGN'), [keptFrom(start)])
  })

  it('still counts what its devices report after its end, and is not kept longer by that', async () => {
    const at = await ended()
    const [first = '', second = ''] = someIds(2, id)
    later(1000)
    await use.say(first, runs('1.20'))
    await use.say(second, runs('1.20-own'))
    assert.deepEqual((await use.look(id)).versions, [
      { version: '1.20', devices: 1 },
      { version: '1.20-own', devices: 1 },
    ])
    await use.sweep()
    assert.deepEqual(await expiryOf('CAMPAIGN'), [keptFrom(at)])
  })

  it('does not come back when a device of it reports, or is upgraded to another version, after its end', async () => {
    const [first = '', second = ''] = someIds(2, id)
    await use.put(id)
    await use.add(id, [first, second])
    await use.say(first, fails())
    for (const { pk, sk } of await rows())
      await world.table.client.send(new DeleteCommand({ TableName: world.table.name, Key: { pk, sk } }))
    await use.say(first, runs('2.0'))
    const indexed = (await use.upgrades.get(first))?.indexed
    assert.deepEqual([indexed?.state, indexed?.version], ['succeeded', '2.0'])
    const body = { package: 'firmware', targetVersion: '3.0', replace: true }
    const opened = await use.call('openUpgradeAttempt', { params: { deviceId: second }, body })
    assert.equal(opened.status, 202)
    assert.deepEqual(await rows(), [])
  })
})
