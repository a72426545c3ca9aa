import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { wireApi } from '../../support/api.ts'
import type { Call } from '../../support/http-calls.ts'
import { openTable } from '../../support/table.ts'

const ifNew = { 'if-none-match': '*' }
const ofFleet = (right: string) => ({ sub: 'x', scope: `groundcrew/${right}` })

describe('a dock that is registered', () => {
  const world = openTable()
  let docks = 0

  const registered = async () => {
    const api = wireApi(world.table)
    const params = { dockSn: `CHANGED${++docks}` }
    const ask = (route: 'registerDock' | 'changeDock' | 'getDock', request: Call = {}) =>
      api.call(route, { params, ...request })
    const first = await ask('registerDock', {
      body: { name: 'Roof', aircraftSn: '1581F1', fleet: 'north' },
      headers: ifNew,
    })
    assert.equal(first.status, 200)
    return { api, params, ask, shown: async () => (await ask('getDock')).body as object, first: first.body }
  }

  it('stays as it is if the request is to create it', async () => {
    const { ask, params, shown } = await registered()
    const before = await shown()
    for (const claims of [undefined, ofFleet('admin@north')]) {
      const more = claims ? { claims } : {}
      const { status, problem } = await ask('registerDock', { body: {}, headers: ifNew, ...more })
      assert.deepEqual([status, problem.name], [412, 'already-exists'])
      assert.equal(problem.href, `/v1/docks/${params.dockSn}`)
    }
    assert.deepEqual(await shown(), before)
  })

  it('refuses any other precondition, and changes nothing', async () => {
    const { api, ask, shown } = await registered()
    const before = await shown()
    const headers = { 'if-none-match': '"etag"' }
    const refused = await ask('registerDock', { body: {}, headers })
    assert.deepEqual([refused.status, refused.problem.name], [422, 'invalid-request'])
    for (const route of ['registerDock', 'changeDock'] as const)
      for (const headers of [
        { 'if-match': '"etag"' },
        { 'if-match': '*' },
        ...(route === 'registerDock' ? [] : [ifNew]),
      ]) {
        const { status, problem } = await ask(route, { body: { name: 'Late' }, headers })
        assert.deepEqual([status, problem.name], [422, 'invalid-request'], route)
      }
    const other = await api.call('putCollection', {
      params: { id: 'unconditional' },
      body: { docks: ['X'], when: {}, logs: {} },
      headers: ifNew,
    })
    assert.deepEqual([other.status, other.problem.name], [422, 'invalid-request'])
    assert.deepEqual(await shown(), before)
  })

  it('changes only the given fields', async () => {
    const { ask, first } = await registered()
    const change = async (body: object) => (await ask('changeDock', { body })).body
    assert.deepEqual(await change({}), first)
    assert.deepEqual(await change({ name: 'Yard' }), { ...(first as object), name: 'Yard' })
    const bare = { ...(first as object), name: 'Yard', aircraftSn: undefined }
    assert.deepEqual(await change({ aircraftSn: null }), JSON.parse(JSON.stringify(bare)))
    assert.deepEqual(await change({ aircraftSn: null, name: 'Yard' }), JSON.parse(JSON.stringify(bare)))
    const moved = { ...bare, fleet: 'south' }
    assert.deepEqual(await change({ fleet: 'south' }), JSON.parse(JSON.stringify(moved)))
  })

  it('is changed by its fleet’s administrators, moved by those of all fleets, and not created by a change', async () => {
    const { api, ask, shown } = await registered()
    const answers = async (body: object, right: string) => {
      const answer = await ask('changeDock', { body, claims: ofFleet(right) })
      return answer.status === 200 ? 200 : answer.problem.name
    }
    const before = await shown()
    assert.equal(await answers({ name: 'Mine' }, 'admin@south'), 'unknown-dock')
    assert.equal(await answers({ fleet: 'south' }, 'admin@south'), 'not-permitted')
    assert.equal(await answers({ fleet: 'south' }, 'admin@north'), 'not-permitted')
    assert.equal(await answers({ fleet: 'south' }, 'admin@north groundcrew/admin@south'), 'not-permitted')
    assert.deepEqual(await shown(), before)
    assert.equal(await answers({ name: 'Mine', fleet: 'north' }, 'admin@north'), 200)
    const params = { dockSn: 'NOBODYS' }
    assert.equal((await api.call('changeDock', { params, body: { name: 'x' } })).problem.name, 'unknown-dock')
    assert.equal((await api.call('getDock', { params })).status, 404)
  })

  it('says what is wrong with a change', async () => {
    const { ask, shown } = await registered()
    const before = await shown()
    for (const [body, path] of [
      [{ fleet: null }, 'fleet'],
      [{ name: '' }, 'name'],
      [{ aircraftSn: 'a b' }, 'aircraftSn'],
      [{ nmae: 'x' }, 'nmae'],
    ] as const) {
      const { status, problem } = await ask('changeDock', { body })
      assert.deepEqual([status, problem.errors?.map((one) => one.path)], [422, [path]])
    }
    assert.deepEqual(await shown(), before)
  })
})
