import { routes } from '../../../lambdas/contract/routes.ts'
import '../../support/quiet-logs.ts'

import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import type { RouteName } from '../../../lambdas/contract/routes.ts'
import { registerDocks } from '../../../lambdas/docks/register.ts'
import { onHttp } from '../../../lambdas/http/on-http.ts'
import { ok } from '../../../lambdas/http/reply.ts'
import { dockStore } from '../../../lambdas/registry/store.ts'
import { dockKey } from '../../../lambdas/table/keys.ts'
import { BadCursor } from '../../../lambdas/table/pages.ts'
import { wireApi } from '../../support/api.ts'
import { failingTable } from '../../support/failing-table.ts'
import { answerOf, type Call, eventOf } from '../../support/http-calls.ts'
import { openTable } from '../../support/table.ts'
import { opened } from '../../support/upload-facts.ts'

const id = '019b1a2b-3c4d-7e5f-8a6b-7c8d9e0f1a2b'

describe('permission', () => {
  const world = openTable()
  const api = wireApi(world.table)
  before(async () => {
    await api.listedDock('DOCK1')
  })

  const statusOf = async (route: RouteName, scope: string, call: Call = {}) =>
    (await api.call(route, { params: { dockSn: 'DOCK1', id }, ...call, claims: { sub: 's', scope } })).status

  it('is checked before the request is parsed', async () => {
    const { problem } = await api.call('startUpload', {
      params: { dockSn: '?' },
      body: '{',
      claims: { sub: 's', scope: 'groundcrew/read' },
    })
    assert.equal(problem.name, 'not-permitted')
  })

  it('is required on every route', async () => {
    for (const scope of ['', 'openid', 'groundcrew/ingest', 'other/admin', 'groundcrew/everything'])
      for (const route of ['getOpenApi', 'getDock', 'listDocks', 'startUpload', 'registerDock'] as const)
        assert.equal(await statusOf(route, scope), 403, `${route} ${scope}`)
  })

  it('to read does not allow to operate, and vice versa', async () => {
    assert.equal(await statusOf('getDock', 'groundcrew/read'), 200)
    assert.equal(await statusOf('requestListing', 'groundcrew/read'), 403)
    assert.equal(await statusOf('requestListing', 'groundcrew/operate'), 202)
    assert.equal(await statusOf('getDock', 'groundcrew/operate'), 403)
  })

  it('of an admin includes the others', async () => {
    assert.equal(await statusOf('getDock', 'groundcrew/admin'), 200)
    assert.equal(await statusOf('requestListing', 'groundcrew/admin'), 202)
    assert.equal(
      await statusOf('downloadArchive', 'groundcrew/admin', {
        params: { dockSn: 'DOCK1', id, module: 'dock' },
      }),
      404,
    )
  })

  it('for some fleets registers no dock, and moves none into a fleet or out of it', async () => {
    const register = (dockSn: string, fleet: string | undefined, ...fleets: string[]) =>
      statusOf('registerDock', fleets.map((one) => `groundcrew/admin@${one}`).join(' '), {
        params: { dockSn },
        body: fleet ? { fleet } : {},
      })
    for (const fleet of ['north', 'south', undefined])
      for (const own of [['north'], ['default'], ['north', 'south']])
        assert.equal(await register('DOCK2', fleet, ...own), 403)
    assert.equal(await register('DOCK1', 'south', 'south'), 403)
    assert.equal(await register('DOCK1', 'south', 'north'), 403)
    assert.equal(await register('DOCK1', 'south', 'north', 'south'), 403)
    assert.equal(await api.docks.find('DOCK2', 'all'), undefined)
    assert.equal((await api.docks.find('DOCK1', 'all'))?.fleet, 'north')
  })

  it('for a fleet is enough to change what belongs to a dock of it', async () => {
    for (const body of [{ name: 'Roof' }, { name: 'Tower', aircraftSn: '1581F', fleet: 'north' }]) {
      const scope = 'groundcrew/admin@south groundcrew/admin@north'
      assert.equal(await statusOf('registerDock', scope, { body }), 200)
      const { name, fleet } = (await api.docks.find('DOCK1', 'all')) ?? {}
      assert.deepEqual([name, fleet], [body.name, 'north'])
    }
  })

  it('for more fleets than a token may name is refused', async () => {
    const asReader = (count: number) => ({
      claims: { sub: 's', scope: Array.from({ length: count }, (_, n) => `groundcrew/read@f${n}`).join(' ') },
    })
    assert.equal((await api.call('listDocks', asReader(100))).status, 200)
    assert.equal((await api.call('listDocks', asReader(101))).problem.name, 'too-many-fleets')
  })

  it('is that of people through their groups, as API Gateway sends them', async () => {
    const person = { sub: 'p', username: 'ann', 'cognito:groups': '[read operate@north]' }
    const listing = await api.call('requestListing', { params: { dockSn: 'DOCK1' }, claims: person })
    assert.equal(listing.status, 202)
    assert.match(listing.text, /"requestedBy":"ann"/)
  })
})

describe('a problem', () => {
  const awsRequestId = '8f507cfc-0f0a-4a5e-9b9e-3f1e6c2d7a11'
  const invocation = { awsRequestId, getRemainingTimeInMillis: () => 20_000 }
  const handle = onHttp(routes, () => ({
    listDocks: async () => {
      throw new BadCursor()
    },
    registerDock: async () => {
      throw new Error('out of order')
    },
  }))
  const params = { dockSn: 'DOCK1' }

  for (const [name, event] of Object.entries({
    'not-found': eventOf('getDock', { params }),
    'not-an-access-token': eventOf('listDocks', { claims: { sub: 's', token_use: 'id' } }),
    'not-permitted': eventOf('listDocks', { claims: { sub: 's' } }),
    'malformed-json': eventOf('registerDock', { params, body: '{' }),
    'invalid-request': eventOf('listDocks'),
    'internal-error': eventOf('registerDock', { params, body: {} }),
  }))
    it(`names the invocation that it happened in: ${name}`, async () => {
      const { problem } = answerOf(await handle(event, invocation))
      assert.deepEqual([problem.name, problem.instance], [name, `urn:uuid:${awsRequestId}`])
    })

  it('of the wiring does too, and no other reply', async () => {
    let isWired = false
    const late = onHttp(routes, () => {
      if (!isWired) throw new Error('Missing environment variables: TABLE_NAME')
      return { getDock: async () => ok({}) }
    })
    const event = eventOf('getDock', { params })
    assert.equal(answerOf(await late(event, invocation)).problem.instance, `urn:uuid:${awsRequestId}`)
    isWired = true
    assert.deepEqual(answerOf(await late(event, invocation)).body, {})
  })
})

describe('a page', () => {
  /** Quotes are escaped once in the body, and again where the body is a string. */
  const record = { customInfo: '"文'.repeat(4_500) }
  const handle = onHttp(routes, () => ({
    listPackages: async ({ query: { limit = 50 } }) => ok({ items: Array(limit).fill(record) }),
  }))
  const listed = async (limit: string) =>
    answerOf(await handle(eventOf('listPackages', { query: { limit } })))

  it('of so many large records that Lambda would not answer is refused, and a shorter one is not', async () => {
    const { status, problem } = await listed('200')
    assert.deepEqual([status, problem.name, problem.errors?.[0]?.path], [422, 'invalid-request', 'limit'])
    assert.equal((await listed('50')).status, 200)
  })
})

describe('an error', () => {
  const failing = async (error: unknown) => {
    const handle = onHttp(routes, () => ({
      getDock: async () => {
        throw error
      },
    }))
    return answerOf(await handle(eventOf('getDock', { params: { dockSn: 'DOCK1' } })))
  }
  const secret = 'table arn:aws:dynamodb:secret'

  for (const error of [
    new Error(secret),
    secret,
    undefined,
    Object.assign(new Error(secret), { $retryable: undefined }),
  ])
    it(`of ours is a 500 that says nothing of it (${typeof error})`, async () => {
      const answer = await failing(error)
      assert.deepEqual([answer.status, answer.problem.name], [500, 'internal-error'])
      assert.doesNotMatch(answer.text, /secret|Error|at /)
    })

  for (const error of [
    Object.assign(new Error(secret), { name: 'ThrottlingException' }),
    Object.assign(new Error(secret), { $fault: 'server' }),
    Object.assign(new Error(secret), { code: 'ECONNREFUSED' }),
    Object.assign(new Error(secret), { $retryable: {} }),
  ])
    it(`that passes is a 503 that says nothing of it (${error.name} ${Object.keys(error)})`, async () => {
      const answer = await failing(error)
      assert.deepEqual([answer.status, answer.problem.name], [503, 'try-again'])
      assert.doesNotMatch(answer.text, /secret/)
    })

  it('of a service that hangs is answered with a 503 before the function times out', async () => {
    const world = openTable()
    const { pk, sk } = dockKey('HELD')
    const { holdItems } = await world.database
    holdItems('Records', [{ pk: { S: pk }, sk: { S: sk } }])
    const handle = onHttp(routes, () => registerDocks({ docks: dockStore(world.table), now: () => 0 }))
    const event = eventOf('registerDock', { params: { dockSn: 'HELD' }, body: {} })
    const answer = answerOf(await handle(event, { getRemainingTimeInMillis: () => 3_300 }))
    assert.deepEqual([answer.status, answer.problem.name], [503, 'try-again'])
  })

  it('of the wiring is a 500, and is tried again by the next request', async () => {
    let wired = 0
    const handle = onHttp(routes, () => {
      wired += 1
      if (wired === 1) throw new Error('Missing environment variables: TABLE_NAME')
      return { getDock: async () => ok({}) }
    })
    const answers = [
      await handle(eventOf('getDock', { params: { dockSn: 'D' } })),
      await handle(eventOf('getDock', { params: { dockSn: 'D' } })),
    ]
    assert.deepEqual(
      answers.map(({ statusCode }) => statusCode),
      [500, 200],
    )
    assert.doesNotMatch(answers[0]?.body ?? '', /TABLE_NAME/)
  })

  it('of the database is a 503 and keeps the request whole for another try', async () => {
    const world = openTable()
    const api = wireApi(world.table)
    await api.listedDock('DOCK1')
    const cut = wireApi(
      failingTable(world.table, (call) => (call.startsWith('TransactWrite') ? 'lost' : undefined)),
    )
    const request = {
      params: { dockSn: 'DOCK1' },
      body: { selections: [{ module: 'dock', bootIndexes: [1] }] },
      headers: { 'idempotency-key': 'again' },
    }
    assert.equal((await cut.call('startUpload', request)).problem.name, 'try-again')
    assert.deepEqual([cut.sent, cut.lent], [[], []])
    assert.equal((await api.call('startUpload', request)).status, 202)
    assert.equal(api.clock.now, opened)
  })

  it('of the route is a 404 with a problem', async () => {
    const handle = onHttp(routes, () => ({ getDock: async () => ok({}) }))
    const answer = answerOf(await handle(eventOf('listDocks')))
    assert.deepEqual([answer.status, answer.problem.name], [404, 'not-found'])
  })
})
