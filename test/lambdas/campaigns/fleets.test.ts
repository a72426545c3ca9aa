import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { type Campaigns, callerWith, wireCampaigns } from '../../support/campaigns.ts'
import { failingTable } from '../../support/failing-table.ts'
import { openTable } from '../../support/table.ts'

describe('a campaign of a fleet', () => {
  const world = openTable()
  let use: Campaigns
  let campaigns = 0
  let id = ''
  /** Each test has devices of its own. */
  const device = (n: number) => `${id}-device-${n}`
  const allow = { read: callerWith('read@north'), operate: callerWith('operate@north') }
  beforeEach(() => {
    use = wireCampaigns(world.table)
    campaigns += 1
    id = `campaign-${campaigns}`
  })
  const register = (deviceId: string, fleet: string) =>
    use.call('registerDevice', { params: { deviceId }, body: { fleet } })

  it('is made and seen within the fleets of the caller only', async () => {
    const { north, south } = { north: { fleet: 'north' }, south: { fleet: 'south' } }
    assert.equal((await use.put(id, {}, allow.operate)).problem.name, 'not-permitted')
    assert.equal((await use.put(id, south, allow.operate)).problem.name, 'not-permitted')
    for (const name of ['made', 'replaced'])
      assert.equal((await use.put(id, { ...north, name }, allow.operate)).status, 200)
    assert.equal((await use.put(`${id}-s`, south)).status, 200)
    assert.equal((await use.put(`${id}-all`)).status, 200)
    assert.equal((await use.put(`${id}-s`, north, allow.operate)).problem.name, 'not-permitted')
    for (const hidden of [`${id}-s`, `${id}-all`]) {
      const params = { id: hidden }
      const answers = [
        await use.call('getCampaign', { params, claims: allow.read }),
        await use.call('listCampaignDevices', { params, claims: allow.read }),
        await use.call('addCampaignDevices', {
          params,
          body: { deviceIds: [device(1)] },
          claims: allow.operate,
        }),
        await use.call('abortCampaign', { params, claims: allow.operate }),
      ]
      assert.deepEqual(
        answers.map(({ problem }) => problem.name),
        Array(4).fill('unknown-campaign'),
      )
    }
    const listed = idsIn((await use.call('listCampaigns', { claims: allow.read })).body)
    assert.ok(listed.includes(id))
    assert.deepEqual(
      listed.filter((one) => one === `${id}-s` || one === `${id}-all`),
      [],
    )
  })

  it('takes in devices of its fleet only', async () => {
    await register(device(1), 'north')
    await register(device(2), 'south')
    await use.put(id, { fleet: 'north' })
    const outcomes = [`${device(1)} opened`, `${device(2)} notPermitted`, `${device(3)} notPermitted`]
    assert.deepEqual(await use.add(id, [1, 2, 3].map(device), { claims: allow.operate }), outcomes)
    assert.equal(await use.upgrades.get(device(3)), undefined)
    await use.put(`${id}-s`, { fleet: 'south' })
    assert.deepEqual(await use.add(`${id}-s`, [device(1)]), [`${device(1)} notPermitted`])
  })

  it('hides a device that has moved to another fleet', async () => {
    await register(device(1), 'north')
    await use.put(id, { fleet: 'north' })
    await use.add(id, [device(1)])
    await register(device(1), 'south')
    assert.deepEqual((await use.devices(id, {}, allow.read)).items, [])
    assert.deepEqual((await use.devices(id)).items, [`${device(1)} pending`])
  })

  it('is out of reach for the fleet that it has just left, for every request', async () => {
    const params = { id }
    for (const [route, body] of [
      ['changeCampaign', { name: 'Mine' }],
      ['addCampaignDevices', { deviceIds: [device(1)] }],
      ['abortCampaign', undefined],
      ['deleteCampaign', undefined],
    ] as const) {
      await register(device(1), 'north')
      await use.put(id, { fleet: 'north' })
      let moves = 0
      const moving = failingTable(world.table, async (call) => {
        if (call.startsWith('UpdateCommand') && moves++ === 0)
          await use.done('changeCampaign', { params, body: { fleet: 'south' } })
        return undefined
      })
      const asked = { params, ...(body ? { body } : {}), claims: allow.operate }
      const { problem } = await wireCampaigns(moving).call(route, asked)
      assert.ok(['unknown-campaign', 'try-again'].includes(problem.name), route)
      const { name, fleet, aborted } = await use.look(id)
      assert.deepEqual([moves > 0, name, fleet, aborted], [true, 'Spring', 'south', undefined])
      assert.deepEqual((await use.devices(id)).items, [])
    }
  })

  it('is read by readers, and changed by operators', async () => {
    await use.put(id)
    const params = { id }
    const reader = callerWith('read')
    assert.equal((await use.call('getCampaign', { params, claims: reader })).status, 200)
    for (const route of ['putCampaign', 'addCampaignDevices', 'abortCampaign'] as const)
      assert.equal((await use.call(route, { params, claims: reader })).problem.name, 'not-permitted')
  })
})

const idsIn = (body: unknown): string[] => {
  const { items } = Object(body)
  return items.map(({ id }: { id: string }) => id)
}
