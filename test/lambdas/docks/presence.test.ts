import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PutCommand } from '@aws-sdk/lib-dynamodb'
import { Dock } from '../../../lambdas/docks/shapes.ts'
import { page } from '../../../lambdas/http/shapes.ts'
import { topologyKey } from '../../../lambdas/table/keys.ts'
import { wireApi } from '../../support/api.ts'
import { openTable } from '../../support/table.ts'
import { failingSeries } from '../../support/tries.ts'
import { minutes, opened } from '../../support/upload-facts.ts'

const hour = 3_600_000

/** The dock connected a day before, and left an hour before, unless it is there. */
const connected = { version: 1, at: opened - 24 * hour, heardAt: opened - 24 * hour }
const disconnected = { version: 1, at: opened - hour, heardAt: opened - hour }

describe('presence', () => {
  const world = openTable({ hasRates: false })

  const api = () => wireApi(world.table)
  const register = async (dockSn: string, state: 'online' | 'offline' | 'unknown', fleet = 'north') => {
    const { docks, presence } = api()
    await docks.register(dockSn, { fleet }, 'all', opened)
    if (state !== 'unknown') await presence.record(dockSn, { connected }, opened)
    if (state === 'offline') await presence.record(dockSn, { disconnected }, opened)
  }
  const list = async (query: Record<string, string>) => {
    const answer = await api().call('listDocks', { query })
    assert.equal(answer.status, 200, answer.text)
    return page(Dock).parse(answer.body)
  }
  const listAll = async (query: Record<string, string>) => {
    const found: string[] = []
    let pages = 0
    for (let next: string | undefined = ''; next !== undefined; pages++) {
      const one = await list({ ...query, ...(next ? { cursor: next } : {}) })
      found.push(...one.items.map(({ dockSn }) => dockSn))
      next = one.next
    }
    return { found, pages }
  }

  it('is in a dock’s record with its source and since when, with the firmware of what it speaks for', async () => {
    await register('P1', 'online')
    const { presence, call } = api()
    const relay = { heardAt: opened, aircraft: ['AIR1'], online: true }
    await presence.record(
      'P1',
      { relay: { ...relay, order: '1', firmware: { P1: '1.0' }, mode: 'idle' } },
      opened,
    )
    await presence.record('AIR1', { firmware: { order: '1', heardAt: opened, version: '7.1' } }, opened)
    await world.table.client.send(
      new PutCommand({
        TableName: world.table.name,
        Item: {
          ...topologyKey('P1'),
          at: opened - 1,
          dockModel: '3-3-0',
          aircraft: [{ sn: 'AIR1', model: '0-100-0' }],
        },
      }),
    )
    const answer = await call('getDock', { params: { dockSn: 'P1' } })
    assert.deepEqual(Dock.parse(answer.body).presence, {
      state: 'online',
      since: new Date(opened).toISOString(),
      source: 'relay',
      aircraft: [{ sn: 'AIR1', model: '0-100-0', on: true }],
      firmware: { P1: '1.0', AIR1: '7.1' },
      mode: 'idle',
    })
  })

  it('shows no firmware of another dock’s aircraft, whoever names it', async () => {
    await register('R1', 'unknown', 'faraway')
    const { docks, presence, call } = api()
    await presence.record('R1', { firmware: { order: '1', heardAt: opened, version: '7.1' } }, opened)
    await docks.register('L9', { fleet: 'elsewhere', aircraftSn: 'R1' }, 'all', opened)
    const answer = await call('getDock', { params: { dockSn: 'L9' } })
    assert.equal(Dock.parse(answer.body).presence?.firmware, undefined)
  })

  it('narrows a list, of one fleet too', async () => {
    for (const [dockSn, state, fleet] of [
      ['L1', 'online', 'left'],
      ['L2', 'offline', 'left'],
      ['L3', 'unknown', 'left'],
      ['L4', 'online', 'right'],
    ] as const)
      await register(dockSn, state, fleet)
    const found = async (presence: string, fleet: string) => (await listAll({ presence, fleet })).found
    assert.deepEqual(await found('online', 'left'), ['L1'])
    assert.deepEqual(await found('offline', 'left'), ['L2'])
    assert.deepEqual(await found('unknown', 'left'), ['L3'])
    assert.deepEqual(await found('online', 'right'), ['L4'])
    const answer = await api().call('listDocks', { query: { presence: 'away' } })
    assert.deepEqual(
      answer.problem.errors?.map(({ path }) => path),
      ['presence'],
    )
  })

  it('is found among many at a bounded cost a page, each dock once, in pages of any size', async () => {
    const many = Array.from({ length: 220 }, (_, n) => `M${1000 + n}`)
    await Promise.all(many.map((dockSn, n) => register(dockSn, n % 73 === 0 ? 'online' : 'offline', 'many')))
    world.used.length = 0
    const first = await list({ presence: 'online', fleet: 'many' })
    const units = world.used.reduce((sum, one) => sum + one.units, 0)
    assert.ok(units <= 600, `${units} read units`)
    assert.deepEqual(
      [first.items.map(({ dockSn }) => dockSn), typeof first.next],
      [['M1000', 'M1073', 'M1146'], 'string'],
    )
    for (const limit of ['1', '2', '50', '200'])
      assert.deepEqual((await listAll({ presence: 'online', fleet: 'many', limit })).found, [
        'M1000',
        'M1073',
        'M1146',
        'M1219',
      ])
  })
})

describe('a dock that is known to be absent', () => {
  const world = openTable()

  const selections = [{ module: 'dock', bootIndexes: [1] }]
  const absent = async (dockSn: string) => {
    const api = wireApi(world.table)
    await api.listedDock(dockSn)
    // The listing is an hour old, and the dock has left since.
    await api.presence.record(dockSn, { connected }, opened)
    await api.presence.record(
      dockSn,
      { disconnected: { version: 1, at: opened + minutes(1), heardAt: opened + minutes(1) } },
      opened,
    )
    api.clock.now = opened + minutes(10)
    return api
  }

  for (const [route, body] of [
    ['requestListing', {}],
    ['startUpload', { selections }],
  ] as const)
    it(`is not asked: ${route}, unless that is meant`, async () => {
      const dockSn = `ABSENT${route}`
      const api = await absent(dockSn)
      const params = { dockSn }
      const refused = await api.call(route, { params, body, headers: { 'idempotency-key': route } })
      assert.deepEqual([refused.status, refused.problem.name], [409, 'dock-absent'])
      assert.equal(api.sent.length, 0)
      assert.equal((await api.call(route, { params, body, query: { force: 'false' } })).status, 409)
      assert.equal((await api.call(route, { params, body, query: { force: 'yes' } })).status, 422)
      const forced = await api.call(route, {
        params,
        body,
        query: { force: 'true' },
        headers: { 'idempotency-key': route },
      })
      assert.deepEqual([forced.status, api.sent.length], [202, 1], forced.text)
      const repeated = await api.call(route, { params, body, headers: { 'idempotency-key': route } })
      assert.deepEqual([repeated.status, api.sent.length], [202, 1], 'a repeat shows what was made')
    })

  it('gets no retry by hand, or by the sweep until it is back, and none is used up', async () => {
    const one = await failedAndGone()
    assert.equal((await one.retry(one.first)).problem.name, 'dock-absent')
    await one.tick(minutes(4))
    assert.equal(one.api.sent.length, 1)
    await one.api.presence.record(
      one.dockSn,
      { connected: { version: 2, at: opened + minutes(5), heardAt: opened + minutes(5) } },
      opened,
    )
    await one.tick(minutes(6))
    assert.equal(one.api.sent.length, 2)
    assert.equal((await one.newest()).retriesLeft, 1)
  })

  it('gets a retry by hand if that is forced', async () => {
    const one = await failedAndGone()
    assert.equal((await one.retry(one.first, { query: { force: 'true' } })).status, 202)
  })

  const failedAndGone = async () => {
    const one = await failingSeries({ retries: 2 })
    await one.api.presence.record(one.dockSn, { connected }, opened)
    await one.api.presence.record(
      one.dockSn,
      { disconnected: { version: 1, at: opened + minutes(2), heardAt: opened + minutes(2) } },
      opened,
    )
    one.at(minutes(4))
    return one
  }
})
