import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as z from 'zod'
import { wireApi } from '../../support/api.ts'
import { openTable } from '../../support/table.ts'

const world = openTable()
let worlds = 0

const logs = { modules: ['dock'], beforeSeconds: 600, afterSeconds: 120 }

const Body = z.looseObject({
  items: z.optional(
    z.array(z.looseObject({ id: z.string(), cause: z.optional(z.looseObject({ kind: z.string() })) })),
  ),
})
const inNorth = { sub: 'machine-2', client_id: 'machine-2', scope: 'groundcrew/admin@north' }

const wire = async () => {
  worlds += 1
  const api = wireApi(world.table)
  const [north, south] = [`DOCK${worlds}NORTH`, `DOCK${worlds}SOUTH`]
  await api.docks.register(north, { fleet: 'north' }, 'all', api.clock.now)
  await api.docks.register(south, { fleet: 'south' }, 'all', api.clock.now)
  const id = `of-${worlds}`
  const of = { params: { id } }
  const call = async (...args: Parameters<typeof api.call>) => {
    const { status, body } = await api.call(...args)
    return { status, body: Body.parse(body ?? {}) }
  }
  return { ...api, call, north, south, id, of }
}

suite('collections over HTTP', () => {
  test('are made with defaults, replaced whole, and deleted', async () => {
    const { call, of, id } = await wire()
    const made = await call('putCollection', { ...of, body: { fleet: 'north', logs, name: 'Alarms' } })
    const { createdAt, changedAt: _, createdBy, ...rest } = made.body
    assert.deepEqual(rest, {
      id,
      name: 'Alarms',
      enabled: true,
      fleet: 'north',
      logs,
      atOnce: 5,
      retries: 2,
      finishWithinSeconds: 21_600,
      wakeAircraft: false,
    })
    const changed = await call('putCollection', { ...of, body: { fleet: 'north', logs, atOnce: 1 } })
    assert.deepEqual(
      [changed.body.name, changed.body.atOnce, changed.body.createdAt, changed.body.createdBy],
      [undefined, 1, createdAt, createdBy],
    )
    assert.equal((await call('deleteCollection', of)).status, 204)
    assert.equal((await call('getCollection', of)).status, 404)
    assert.equal((await call('deleteCollection', of)).status, 404)
    assert.equal((await call('runCollection', { ...of, body: {} })).status, 404)
  })

  test('show their next daily run; a disabled one cannot be run', async () => {
    const { call, of } = await wire()
    const body = { fleet: 'north', logs, when: { daily: { at: '03:30', timeZone: 'Europe/Berlin' } } }
    assert.equal((await call('putCollection', { ...of, body })).body.nextAt, '2027-01-16T02:30:00.000Z')
    const disabled = await call('putCollection', { ...of, body: { ...body, enabled: false } })
    assert.equal(disabled.body.nextAt, undefined)
    const run = await call('runCollection', { ...of, body: {} })
    assert.match(String(run.body.type), /collection-disabled$/)
  })

  test('of named docks are in the fleet of all of them', async () => {
    const { call, of, north, south } = await wire()
    const put = (docks: string[], claims?: typeof inNorth) =>
      call('putCollection', { ...of, body: { docks, logs }, ...(claims ? { claims } : {}) })
    for (const claims of [inNorth, inNorth, undefined])
      assert.equal((await put([north], claims)).body.fleet, 'north', 'made, replaced, and by another')
    assert.equal((await call('getCollection', { ...of, claims: inNorth })).status, 200)
    assert.equal((await put([north, south])).body.fleet, undefined)
    assert.equal((await call('getCollection', { ...of, claims: inNorth })).status, 404)
    const foreign = await put([north, south], inNorth)
    assert.deepEqual(foreign.body.errors, [
      { path: 'docks[1]', message: 'is not a dock in any of your fleets' },
    ])
    assert.equal((await put([north], inNorth)).status, 404)
  })

  test('run by hand at their docks once per key, each with a row of its own', async () => {
    const { call, of, north, south } = await wire()
    await call('putCollection', { ...of, body: { docks: [north, south], logs } })
    const headers = { 'idempotency-key': `run-${north}` }
    const [one, other] = [
      await call('runCollection', { ...of, headers, body: { docks: [north] } }),
      await call('runCollection', { ...of, headers, body: { docks: [north] } }),
    ]
    assert.equal(one.status, 202)
    assert.deepEqual(one.body, other.body)
    const strange = await call('runCollection', { ...of, body: { docks: [north, 'DOCKOFNOBODY'] } })
    assert.deepEqual(strange.body.errors, [{ path: 'docks[1]', message: 'is not a dock of this collection' }])
    const { body } = await call('listCollectionRuns', of)
    const items = body.items ?? []
    assert.deepEqual(
      items.map(({ dockSn, state, cause }) => [dockSn, state, cause?.kind]),
      [[north, 'waiting', 'manual']],
    )
    const run = await call('getCollectionRun', { params: { ...of.params, runId: items[0]?.id ?? '' } })
    assert.deepEqual(run.body, items[0])
    const none = await call('listCollectionRuns', { ...of, query: { state: 'ended' } })
    assert.deepEqual(none.body.items, [])
  })

  test('by hand at all docks of a fleet are continued by the sweep after the request', async () => {
    const { call, of, docks, clock } = await wire()
    const fleet = `many${worlds}`
    const sns = Array.from({ length: 130 }, (_, n) => `DOCK${worlds}F${n}`)
    await Promise.all(sns.map((dockSn) => docks.register(dockSn, { fleet }, 'all', clock.now)))
    await call('putCollection', { ...of, body: { fleet, logs } })
    await call('runCollection', { ...of, body: {} })
    const { body } = await call('listCollectionRuns', { ...of, query: { limit: '200' } })
    assert.equal(body.items?.length, 130)
  })
})
