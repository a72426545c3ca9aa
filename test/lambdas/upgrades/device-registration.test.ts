import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { GetCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { deviceKey, traitsKey } from '../../../lambdas/table/keys.ts'
import { Upgrade } from '../../../lambdas/upgrades/shapes.ts'
import { batchOf } from '../../support/dock-messages.ts'
import { failingTable, failOnce } from '../../support/failing-table.ts'
import type { Call } from '../../support/http-calls.ts'
import { openTable } from '../../support/table.ts'
import { progress, start, time, type UpgradeView, wireUpgrades } from '../../support/upgrades.ts'

describe('registering a device', () => {
  const world = openTable()

  it('returns it, and the same when repeated', async () => {
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

  it('removes the gateway if none is given', async () => {
    const device = wireUpgrades(world.table).device()
    await device.register({ parentId: 'gateway-1' })
    await device.register({})
    assert.equal((await device.view()).parentId, undefined)
  })

  const Registered = z.looseObject({ parentId: z.optional(z.string()), timeZone: z.optional(z.string()) })
  const said = {
    model: 'RTU-3200',
    labels: { site: 'Sandbank, north', 'ring.of-2026': '0' },
    timeZone: 'Europe/Oslo',
  }
  const saidOf = ({ model, labels, timeZone }: Partial<UpgradeView>) => ({ model, labels, timeZone })

  it('keeps its labels, model and time zone, and shows them wherever it is shown', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    const registered = await device.register({ fleet: 'labelled', ...said })
    const { deviceId } = device
    assert.deepEqual(registered, { deviceId, fleet: 'labelled', registeredAt: time(0), ...said })
    assert.deepEqual(await device.register(said), registered)
    const page = await backend.must(200, 'listUpgrades', { query: { fleet: 'labelled' } })
    const shown = z.object({ items: z.tuple([Upgrade]) }).parse(page).items[0]
    assert.deepEqual([await device.view(), shown].map(saidOf), [said, said])
  })

  it('replaces them as a whole, and removes them if none are given', async () => {
    const device = wireUpgrades(world.table).device()
    await device.register(said)
    await device.register({ labels: { site: 'lab' } })
    assert.deepEqual(saidOf(await device.view()), saidOf({ labels: { site: 'lab' } }))
    await device.register({})
    assert.deepEqual(saidOf(await device.view()), saidOf({}))
  })

  it('keeps them through reports and attempts', async () => {
    const device = wireUpgrades(world.table).device()
    await device.register(said)
    await device.open('v2')
    await device.say(5, progress(30, 'v1'))
    await device.open('v3', { replace: true })
    assert.deepEqual(saidOf(await device.view()), said)
  })

  it('writes nothing about them if none are given', async () => {
    const device = wireUpgrades(world.table).device()
    await device.register({ fleet: 'north' })
    const { Item } = await world.table.client.send(
      new GetCommand({ TableName: world.table.name, Key: traitsKey(device.deviceId) }),
    )
    assert.equal(Item, undefined)
  })

  it('changes only the given fields', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    const params = { deviceId: device.deviceId }
    const made = Registered.parse(await device.register({ fleet: 'north', parentId: 'gateway-1', ...said }))
    const change = (body: object) => backend.must(200, 'changeDevice', { params, body })
    assert.deepEqual(await change({}), made)
    assert.deepEqual(await change({ model: 'RTU-1' }), { ...made, model: 'RTU-1' })
    const { timeZone: _, parentId: __, ...rest } = made
    const expected = { ...rest, model: 'RTU-1', labels: { site: 'lab' } }
    for (let times = 0; times < 2; times++)
      assert.deepEqual(await change({ parentId: null, timeZone: null, labels: { site: 'lab' } }), expected)
    assert.deepEqual(await backend.must(200, 'getDevice', { params }), expected)
    const bare = { deviceId: device.deviceId, fleet: 'south', registeredAt: time(0) }
    assert.deepEqual(await change({ model: null, labels: null, fleet: 'south' }), bare)
    const own = { params, body: { parentId: device.deviceId } }
    assert.equal((await backend.call('changeDevice', own)).status, 422)
  })

  it('is registered and changed whole or not at all, wherever the way to the table breaks', async () => {
    const { deviceId } = wireUpgrades(world.table).device()
    const headers = { 'if-none-match': '*' }
    for (const [route, request, retried] of [
      ['registerDevice', { body: { fleet: 'north', ...said }, headers }, 200],
      ['changeDevice', { body: { parentId: 'gateway-2', model: 'RTU-1' } }, 200],
    ] as const) {
      const ask = (table: typeof world.table) =>
        wireUpgrades(table).call(route, { params: { deviceId }, ...request })
      assert.equal((await ask(failOnce(world.table, /^(Update|TransactWrite)Command .*TRAITS/))).status, 503)
      assert.equal((await ask(world.table)).status, retried)
    }
    const whole = { deviceId, fleet: 'north', parentId: 'gateway-2', registeredAt: time(0), ...said }
    const now = await wireUpgrades(world.table).must(200, 'getDevice', { params: { deviceId } })
    assert.deepEqual(now, { ...whole, model: 'RTU-1' })
  })

  it('cannot be changed by a fleet that it has just left', async () => {
    const { deviceId } = wireUpgrades(world.table).device()
    const { must } = wireUpgrades(world.table)
    const params = { deviceId }
    await must(200, 'registerDevice', { params, body: { fleet: 'north', ...said } })
    let moves = 0
    const moving = failingTable(world.table, async (call) => {
      if (/^(Update|TransactWrite)Command .*TRAITS/.test(call) && moves++ === 0)
        await must(200, 'changeDevice', { params, body: { fleet: 'south' } })
      return undefined
    })
    const claims = { sub: 'x', scope: 'groundcrew/admin@north' }
    const late = await wireUpgrades(moving).call('changeDevice', { params, body: { model: 'X' }, claims })
    assert.deepEqual([moves > 0, late.problem.name], [true, 'unknown-device'])
    assert.equal(
      z.object({ model: z.string() }).parse(await must(200, 'getDevice', { params })).model,
      said.model,
    )
  })

  it('leaves a fleet only if the request says what happens to its gateway', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    const params = { deviceId: device.deviceId }
    await device.register({ fleet: 'north', parentId: 'gateway-1' })
    const change = (body: object) => backend.call('changeDevice', { params, body })
    const { status, problem } = await change({ fleet: 'south', model: 'X' })
    const message =
      'is in the fleet that the device leaves: with `fleet`, give `parentId` again, another, or null'
    assert.deepEqual([status, problem.errors], [422, [{ path: 'parentId', message }]])
    const { fleet, parentId, model } = await device.view()
    assert.deepEqual([fleet, parentId, model], ['north', 'gateway-1', undefined])
    assert.equal((await change({ fleet: 'north' })).status, 200)
    assert.equal((await change({ fleet: 'south', parentId: null })).status, 200)
    assert.equal((await change({ fleet: 'east' })).status, 200)
  })

  it('may be unregistered; an unknown one cannot be changed', async () => {
    const backend = wireUpgrades(world.table)
    const [spoken, unknown] = [backend.device(), backend.device()]
    await spoken.say(5, progress(30, 'v1'))
    const change = (deviceId: string) =>
      backend.call('changeDevice', { params: { deviceId }, body: { labels: { site: 'lab' } } })
    assert.deepEqual((await change(spoken.deviceId)).body, {
      deviceId: spoken.deviceId,
      fleet: 'default',
      labels: { site: 'lab' },
    })
    assert.equal((await change(unknown.deviceId)).problem.name, 'unknown-device')
    const headers = { 'if-none-match': '*' }
    const make = (deviceId: string) =>
      backend.call('registerDevice', { params: { deviceId }, body: {}, headers })
    assert.deepEqual(
      [(await make(spoken.deviceId)).status, (await make(unknown.deviceId)).status],
      [412, 200],
    )
    assert.deepEqual(saidOf(await spoken.view()), saidOf({ labels: { site: 'lab' } }))
  })

  it('is removed once nothing upgrades it; its attempts and reports stay', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    const params = { deviceId: device.deviceId }
    const ask = (route: 'deleteDevice' | 'getDevice' | 'getUpgrade' | 'changeDevice', more: Call = {}) =>
      backend.call(route, { params, ...more })
    await device.register({ fleet: 'removed', parentId: 'gateway-1', ...said })
    const { id } = await device.open()
    await device.say(5, progress(30, 'v1'))
    const refused = await ask('deleteDevice')
    const href = `/v1/devices/${device.deviceId}/upgrade-attempts/${id}`
    assert.deepEqual(
      [refused.status, refused.problem.name, refused.problem.href],
      [409, 'device-in-use', href],
    )
    await device.close(id)
    const elsewhere = { sub: 'x', scope: 'groundcrew/admin@elsewhere' }
    assert.equal((await ask('deleteDevice', { claims: elsewhere })).problem.name, 'unknown-device')
    assert.equal((await ask('deleteDevice')).status, 204)
    for (const route of ['getDevice', 'getUpgrade', 'deleteDevice', 'changeDevice'] as const)
      assert.equal((await ask(route, { body: {} })).problem.name, 'unknown-device', route)
    const none = { items: [] }
    for (const route of ['listDevices', 'listUpgrades'] as const)
      assert.deepEqual(await backend.must(200, route, { query: { fleet: 'removed' } }), none)
    assert.deepEqual(
      (await device.attempts()).map((one) => [one.id, one.state]),
      [[id, 'closed']],
    )
    assert.equal((await device.reports(id)).length, 1)
    const claims = { sub: 'x', scope: 'groundcrew/read@elsewhere' }
    assert.equal((await backend.call('listUpgradeAttempts', { params, claims })).status, 404)
  })

  it('comes back unregistered in its fleet when it speaks, or as new when it is registered', async () => {
    const backend = wireUpgrades(world.table)
    const [spoken, again] = [backend.device(), backend.device()]
    for (const device of [spoken, again]) {
      await device.register({ fleet: 'gone', parentId: 'gateway-1', ...said })
      await backend.must(204, 'deleteDevice', { params: { deviceId: device.deviceId } })
    }
    await spoken.say(5, progress(30, 'v1'))
    const { deviceId } = spoken
    assert.deepEqual(await backend.must(200, 'getDevice', { params: { deviceId } }), {
      deviceId,
      fleet: 'gone',
    })
    const headers = { 'if-none-match': '*' }
    const anew = { params: { deviceId: again.deviceId }, body: { fleet: 'anew' }, headers }
    const registered = { deviceId: again.deviceId, fleet: 'anew', registeredAt: time(5) }
    assert.deepEqual(await backend.must(200, 'registerDevice', anew), registered)
    for (const { deviceId } of [spoken, again]) {
      const Key = deviceKey(deviceId)
      const { Item } = await world.table.client.send(new GetCommand({ TableName: world.table.name, Key }))
      assert.deepEqual([Item?.kind, Item?.expiresAt], ['device', undefined])
    }
  })

  it('cannot be named in a fleet after it was removed, and its gateway does not speak for it', async () => {
    const backend = wireUpgrades(world.table)
    const [gone, other] = [backend.device(), backend.device()]
    for (const device of [gone, other]) await device.register({ fleet: 'north' })
    await gone.register({ fleet: 'north', parentId: 'gateway-1' })
    const params = { deviceId: gone.deviceId }
    await backend.must(204, 'deleteDevice', { params })
    const claims = { sub: 'x', scope: 'groundcrew/admin@north' }
    assert.equal((await gone.tryOpen('v2', {}, { claims })).problem.name, 'unknown-device')
    assert.equal((await put(backend, gone.deviceId, {}, 'admin@north')).status, 403)
    const headers = { 'if-none-match': '*' }
    const anew = { params, body: { fleet: 'north' }, headers, claims }
    assert.equal((await backend.call('registerDevice', anew)).status, 403)
    const named = await put(backend, other.deviceId, { parentId: gone.deviceId }, 'admin@north')
    assert.equal(named.status, 422)
    const told = { at: 9, source: 'gateway-1', about: gone.deviceId }
    await backend.ingest(batchOf(gone.message([progress(30, 'v1')], told)))
    assert.equal((await backend.call('getDevice', { params })).status, 404)
    assert.equal((await gone.tryOpen()).status, 202)
    assert.equal((await backend.call('getDevice', { params })).status, 200)
  })

  it('refuses invalid labels and zones, and changes nothing', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    await device.register(said)
    const many = Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`label-${n}`, 'x']))
    const values = 'must be 1 to 64 visible characters, without blanks around them'
    const names = 'must be named with 1 to 64 of A-Z a-z 0-9 _ . -'
    for (const [body, path, message] of [
      [{ labels: many }, 'labels', 'must be 16 labels at most'],
      [{ labels: { '': 'x' } }, 'labels.', names],
      [{ labels: { 'a=b': 'x' } }, 'labels.a=b', names],
      [{ labels: { ['a'.repeat(65)]: 'x' } }, `labels.${'a'.repeat(65)}`, names],
      [{ labels: { site: '' } }, 'labels.site', values],
      [{ labels: { site: 'x'.repeat(65) } }, 'labels.site', values],
      [{ labels: { site: 'la\u200bb' } }, 'labels.site', values],
      [{ timeZone: 'Europe/Sandbank' }, 'timeZone', 'must be a time zone like Europe/Berlin'],
      [{ model: 'RTU\u202e3200' }, 'model', 'must not hold control or invisible characters'],
    ] as const) {
      const { status, problem } = await put(backend, device.deviceId, body, 'admin')
      assert.deepEqual([status, problem.errors], [422, [{ path, message }]])
    }
    assert.deepEqual(saidOf(await device.view()), said)
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
    assert.equal((await put(backend, deviceId, said, 'admin@south')).status, 403)
    assert.equal(await status(deviceId, 'south', 'admin@north'), 403)
    assert.equal(await status(deviceId, 'south', 'admin@north', 'admin@south'), 403)
    for (const fleet of [undefined, 'north', 'default'])
      assert.equal(await status(unknown.deviceId, fleet, 'admin@north', 'admin@default'), 403)
    for (const fleet of [undefined, 'north'])
      assert.equal(await status(deviceId, fleet, 'admin@north', 'admin@south'), 200)
    assert.equal((await device.view()).fleet, 'north')
    assert.deepEqual(saidOf(await device.view()), saidOf({}))
    assert.equal(await backend.upgrades.get(unknown.deviceId), undefined)
  })

  it('behind a gateway of another fleet, or of none, is refused to a caller with permission in some fleets', async () => {
    const backend = wireUpgrades(world.table)
    const [device, own, foreign, unknown] = [1, 2, 3, 4].map(() => backend.device())
    assert.ok(device && own && foreign && unknown)
    for (const one of [device, own]) await one.register({ fleet: 'north' })
    await foreign.register({ fleet: 'south' })
    for (const { deviceId: parentId } of [foreign, unknown]) {
      const { status, problem } = await put(backend, device.deviceId, { parentId }, 'admin@north')
      const errors = [{ path: 'parentId', message: 'must be a device in one of your fleets' }]
      assert.deepEqual([status, problem.errors], [422, errors])
      assert.equal((await device.view()).parentId, undefined)
    }
    const { status } = await put(backend, device.deviceId, { parentId: own.deviceId }, 'admin@north')
    assert.deepEqual([status, (await device.view()).parentId], [200, own.deviceId])
  })
})
