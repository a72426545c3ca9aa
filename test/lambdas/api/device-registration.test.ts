import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTable } from '../../support/table.ts'
import { progress, start, time, wireUpgrades } from '../../support/upgrades.ts'

describe('registering a device', () => {
  let world: Awaited<ReturnType<typeof startTable>>
  before(async () => {
    world = await startTable()
  })
  after(() => world.stop())

  it('says what is known of it, and again the same', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    const settings = { fleet: 'north', parentId: 'gateway-1' }
    const expected = { deviceId: device.deviceId, ...settings, registeredAt: time(0) }
    assert.deepEqual(await device.register(settings), expected)
    backend.clock.now = start + 60_000
    assert.deepEqual(await device.register(settings), expected)
  })

  it('leaves its upgrade as it is', async () => {
    const device = wireUpgrades(world.table).device()
    const { id } = await device.open()
    await device.say(5, progress(30, 'v1'))
    await device.register({ fleet: 'north' })
    const { state, percent, attempt, fleet } = await device.view()
    assert.deepEqual([state, percent, attempt?.id, fleet], ['upgrading', 30, id, 'north'])
  })

  it('takes the gateway away where none is named', async () => {
    const device = wireUpgrades(world.table).device()
    await device.register({ parentId: 'gateway-1' })
    await device.register({})
    assert.equal((await device.view()).parentId, undefined)
  })

  it('refuses a device that is its own gateway', async () => {
    const backend = wireUpgrades(world.table)
    const answer = await backend.call('registerDevice', {
      params: { deviceId: 'self' },
      body: { parentId: 'self' },
    })
    assert.deepEqual([answer.status, answer.problem.errors?.map(({ path }) => path)], [422, ['parentId']])
    assert.equal((await backend.call('getUpgrade', { params: { deviceId: 'self' } })).status, 404)
  })

  it('is for administrators of its fleet, the one before and the one after', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    await device.register({ fleet: 'north' })
    const put = async (fleet: string | undefined, scope: string) => {
      const body = fleet ? { fleet } : {}
      const claims = { sub: 'x', scope: `groundcrew/${scope}` }
      return (await backend.call('registerDevice', { params: { deviceId: device.deviceId }, body, claims }))
        .status
    }
    assert.equal(await put('north', 'operate'), 403)
    assert.equal(await put('south', 'admin@south'), 403)
    assert.equal(await put('south', 'admin@north'), 403)
    assert.equal(await put('north', 'admin@north'), 200)
    assert.equal((await device.view()).fleet, 'north')
  })
})
