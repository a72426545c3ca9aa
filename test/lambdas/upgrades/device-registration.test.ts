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

  /** What a caller with these rights is answered. */
  const put = async (
    { call }: Pick<ReturnType<typeof wireUpgrades>, 'call'>,
    deviceId: string,
    body: object,
    ...rights: string[]
  ) => {
    const claims = { sub: 'x', scope: rights.map((right) => `groundcrew/${right}`).join(' ') }
    return call('registerDevice', { params: { deviceId }, body, claims })
  }

  it('is for administrators of all fleets, as moving it is; those of its fleet change what is theirs', async () => {
    const backend = wireUpgrades(world.table)
    const [device, unknown] = [backend.device(), backend.device()]
    await device.register({ fleet: 'north' })
    const { deviceId } = device
    const status = async (id: string, fleet: string | undefined, ...rights: string[]) =>
      (await put(backend, id, fleet ? { fleet } : {}, ...rights)).status
    assert.equal(await status(deviceId, 'north', 'operate'), 403)
    assert.equal(await status(deviceId, 'south', 'admin@south'), 403)
    assert.equal(await status(deviceId, 'south', 'admin@north'), 403)
    assert.equal(await status(deviceId, 'south', 'admin@north', 'admin@south'), 403)
    for (const fleet of [undefined, 'north', 'default'])
      assert.equal(await status(unknown.deviceId, fleet, 'admin@north', 'admin@default'), 403)
    for (const fleet of [undefined, 'north'])
      assert.equal(await status(deviceId, fleet, 'admin@north', 'admin@south'), 200)
    assert.equal((await device.view()).fleet, 'north')
    assert.equal(await backend.upgrades.get(unknown.deviceId), undefined)
  })

  it('behind a gateway of a fleet that is not the caller’s, or of none, is refused to who has some fleets', async () => {
    const backend = wireUpgrades(world.table)
    const [device, own, foreign, unknown] = [1, 2, 3, 4].map(() => backend.device())
    assert.ok(device && own && foreign && unknown)
    for (const one of [device, own]) await one.register({ fleet: 'north' })
    await foreign.register({ fleet: 'south' })
    for (const { deviceId: parentId } of [foreign, unknown]) {
      const { status, problem } = await put(backend, device.deviceId, { parentId }, 'admin@north')
      const errors = [{ path: 'parentId', message: 'must be a device in a fleet of yours' }]
      assert.deepEqual([status, problem.errors], [422, errors])
      assert.equal((await device.view()).parentId, undefined)
    }
    const { status } = await put(backend, device.deviceId, { parentId: own.deviceId }, 'admin@north')
    assert.deepEqual([status, (await device.view()).parentId], [200, own.deviceId])
  })
})
