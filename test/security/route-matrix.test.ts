import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import * as z from 'zod/mini'
import { type RouteName, routes } from '../../lambdas/contract/routes.ts'
import { type Permission, permissions } from '../../lambdas/http/route.ts'
import { problemOf } from '../support/problem.ts'
import { onlyLocal } from '../support/story.ts'
import { fleetAtWork } from './world.ts'

/**
 * Who gets through to which route, for every route of the route table and every kind of token: a route that
 * is added is in here, and does not compile before `world.ts` knows how to ask it.
 */

const names = Object.keys(routes).filter((name): name is RouteName => name in routes)
const mayWith = (held: Permission, needed: Permission): boolean =>
  held === needed || (held === 'admin' && needed !== 'ingest')
const holders = (needed: Permission): Permission[] => permissions.filter((held) => mayWith(held, needed))
const others = (needed: Permission): Permission[] => permissions.filter((held) => !mayWith(held, needed))

type World = Awaited<ReturnType<typeof fleetAtWork>>

const asking = ({ backend, ask }: World) => {
  const tokens = new Map<string, Promise<string>>()
  const withScope = (scope: string) => {
    const token = tokens.get(scope) ?? backend.token({ scopes: [`groundcrew/${scope}`] })
    tokens.set(scope, token)
    return token
  }
  const call = (name: RouteName, token?: string) =>
    backend.api(routes[name].method, ask[name].path, ask[name].body, token === undefined ? {} : { token })
  return { call, as: async (name: RouteName, scope: string) => call(name, await withScope(scope)) }
}

const strangers = async ({ backend: { token } }: World): Promise<[string, string | undefined][]> => {
  const scopes = ['groundcrew/admin', 'groundcrew/ingest']
  const good = await token({ scopes })
  const [head = '', body = '', signature = ''] = good.split('.')
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return [
    ['no token', undefined],
    ['no JWT', 'letmein'],
    ['an expired token', await token({ scopes, expiresInSeconds: -60 })],
    ['a token not yet valid', await token({ scopes, claims: { nbf: 4_000_000_000 } })],
    ['a token for another client', await token({ scopes, clientId: 'another' })],
    ['a token for another audience', await token({ scopes, claims: { aud: 'https://example.com' } })],
    ['a token of another issuer', await token({ scopes, claims: { iss: 'https://login.example.com' } })],
    ['a token with another body', `${head}.${encoded({ scope: scopes.join(' ') })}.${signature}`],
    ['an unsigned token', `${encoded({ alg: 'none' })}.${body}.`],
    ['a token without its signature', `${head}.${body}.`],
  ]
}

/** All records, as a caller with every permission sees them. */
const everythingOf = async ({ backend, must, ask }: World) => {
  await backend.untilCaughtUp()
  return Promise.all(
    names
      // A link is new each time, and asking for it is kept in the history; a campaign that only watches does
      // nothing that could be tried dry; an overview has the time of its answer.
      .filter((name) => routes[name].method === 'GET')
      .filter((name) => !['downloadArchive', 'dryRunCampaign', 'getOverview'].includes(name))
      .map(async (name) => [name, await must('GET', ask[name].path)]),
  )
}

const Items = z.object({ items: z.array(z.unknown()) })
const Results = z.object({ results: z.array(z.object({ outcome: z.string() })) })

/** Every number in a body, wherever it stands. */
const numbersIn = (body: unknown): number[] => {
  if (typeof body === 'number') return [body]
  return typeof body === 'object' && body !== null ? Object.values(body).flatMap(numbersIn) : []
}

/** Not a fleet's: a grant for one fleet is refused, whichever it is. */
const ofAllFleets: readonly RouteName[] = ['checkStorage', 'putOrganization', 'listOrganizations']

/** Whether an answer says and does nothing of a fleet that is not the caller's. */
const isBlind = (name: RouteName, answer: Answer): boolean => {
  if (name === 'getOpenApi' || name === 'getAsyncApi') return answer.status === 200
  if (name === 'getOverview') return numbersIn(answer.body).every((number) => number === 0)
  if (name === 'takeDeviceEvents')
    return Results.parse(answer.body).results.every(({ outcome }) => outcome === 'rejected')
  // Its gateway is of the same fleet, and is no more there than the device.
  if (name === 'registerDevice') return problemOf(answer) === '422 invalid-request'
  // Its codes are of fleets, the organization is of none.
  const isList = !routes[name].path.includes('{') || name === 'listBindingCodes'
  if (routes[name].method === 'GET' && isList && answer.status === 200)
    return Items.parse(answer.body).items.length === 0
  return /^(403 not-permitted|404 unknown-(dock|dock-account|device|campaign|collection|package|webhook|binding-code))$/.test(
    problemOf(answer),
  )
}

suite('Every route', { skip: onlyLocal }, () => {
  test('with every kind of token: refused, blind or served, as the route table says', async (t: TestContext) => {
    const world = await fleetAtWork(t)
    const { call, as } = asking(world)
    const before = await everythingOf(world)

    for (const [what, token] of await strangers(world))
      await t.test(`refuses ${what}`, async () => {
        for (const name of names) {
          const { status, body } = await call(name, token)
          assert.deepEqual([name, status, body], [name, 401, { message: 'Unauthorized' }])
        }
      })

    await t.test('refuses an ID token, whatever is in it', async () => {
      const scopes = ['groundcrew/admin', 'groundcrew/ingest']
      const token = await world.backend.token({ scopes, claims: { token_use: 'id' } })
      for (const name of names)
        assert.deepEqual([name, problemOf(await call(name, token))], [name, '401 not-an-access-token'])
    })

    await t.test('refuses a token without permissions', async () => {
      const token = await world.backend.token({ groups: ['staff', 'reader', 'groundcrew/admin', 'Admin'] })
      for (const name of names)
        assert.deepEqual([name, problemOf(await call(name, token))], [name, '403 not-permitted'])
    })

    for (const held of permissions)
      await t.test(`refuses ${held} alone where it is not enough`, async () => {
        for (const name of names.filter((one) => others(routes[one].permission).includes(held)))
          for (const scope of [held, `${held}@${world.fleet}`])
            assert.deepEqual(
              [name, scope, problemOf(await as(name, scope))],
              [name, scope, '403 not-permitted'],
            )
      })

    await t.test('is blind to a fleet that is not the caller’s', async () => {
      for (const name of names)
        for (const held of holders(routes[name].permission)) {
          const answer = await as(name, `${held}@elsewhere`)
          assert.ok(isBlind(name, answer), `${name} ${held}: ${answer.status} ${JSON.stringify(answer.body)}`)
        }
    })

    await t.test('has changed nothing by refusing', async () => {
      assert.deepEqual(await everythingOf(world), before)
    })

    await t.test('serves a caller with the permission, in all fleets or in this one', async () => {
      for (const name of names) {
        const { permission } = routes[name]
        for (const [n, held] of holders(permission).entries()) {
          assertServed(name, await as(name, held), n === 0)
          const inFleet = await as(name, `${held}@${world.fleet}`)
          if (ofAllFleets.includes(name)) assert.equal(problemOf(inFleet), '403 not-permitted')
          else assertServed(name, inFleet, false)
        }
      }
    })
  })
})

type Answer = Awaited<ReturnType<World['backend']['api']>>

/** A later caller may find what an earlier one has done, such as a busy dock. */
const assertServed = (name: RouteName, answer: Answer, isFirst: boolean): void => {
  // The first caller has deleted it, and has shown that the route serves.
  if (!isFirst && routes[name].method === 'DELETE' && answer.status === 404) return
  const told = `${name}: ${answer.status} ${JSON.stringify(answer.body)}`
  const expected = [routes[name].success, ...(isFirst ? alreadySo(name) : [200, 409])]
  assert.ok(expected.includes(answer.status), told)
  assert.ok(saysNothing.includes(name) || !isBlind(name, answer), told)
}

/**
 * The attempt is open, so asking for the same one is answered with it; the campaign only watches, so there is
 * nothing to steer.
 */
const alreadySo = (name: RouteName): number[] => {
  if (name === 'openUpgradeAttempt') return [200]
  return steering.includes(name) ? [409] : []
}
const steering: readonly RouteName[] = [
  ...(['startCampaign', 'pauseCampaign', 'resumeCampaign', 'approveCampaign'] as const),
  'dryRunCampaign',
]

/** Routes whose answers are the same for every caller, or have nothing in them yet. */
const saysNothing: readonly RouteName[] = ['getOpenApi', 'getAsyncApi', 'listAlarms']
