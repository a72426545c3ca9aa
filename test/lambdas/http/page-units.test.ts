import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import type { RouteName } from '../../../lambdas/contract/routes.ts'
import { wireApi } from '../../support/api.ts'
import { dockWithHistory } from '../../support/dock-with-history.ts'
import type { Call } from '../../support/http-calls.ts'
import { openTable } from '../../support/table.ts'
import { opened } from '../../support/upload-facts.ts'

/**
 * What the pages of the console take of the table: requests, how many of these wait for one another, and read
 * units. None of it grows with what the table holds besides.
 */

const docks = 30
const serial = (n: number): string => `7CTDPAGE${String(n).padStart(6, '0')}`

type Taken = { requests: number; inTurn: number; units: number }

describe('the cost of a page', () => {
  const world = openTable({ hasRates: false })
  let id = ''
  const params = { dockSn: serial(0) }
  /** Requests, and those of them that began when none was under way. */
  const asked = { requests: 0, inTurn: 0, underWay: 0 }

  before(async () => {
    world.table.client.middlewareStack.add(
      (next) => async (args) => {
        asked.requests += 1
        if (asked.underWay === 0) asked.inTurn += 1
        asked.underWay += 1
        try {
          return await next(args)
        } finally {
          asked.underWay -= 1
        }
      },
      { step: 'initialize', name: 'count' },
    )
    for (let n = 0; n < docks; n++) {
      const of = { dockSn: serial(n), aircraftSn: `1581FPAGE${n}`, uploads: n === 0 ? 26 : 1, alarms: 10 }
      const underWay = await dockWithHistory(world.table, { ...of, until: opened })
      if (n === 0) id = underWay
    }
  })

  const taken = async (route: RouteName, call: Call): Promise<Taken> => {
    const api = wireApi(world.table)
    world.used.splice(0)
    Object.assign(asked, { requests: 0, inTurn: 0, underWay: 0 })
    const { status, text } = await api.call(route, call)
    assert.equal(status, 200, text)
    const units = world.used.reduce((sum, usage) => sum + usage.units, 0)
    return { requests: asked.requests, inTurn: asked.inTurn, units }
  }

  const limit = '25'
  const cases: [name: string, route: RouteName, call: () => Call, most: Taken][] = [
    ['a dock', 'getDock', () => ({ params }), { requests: 5, inTurn: 2, units: 9 }],
    ['its logs', 'getLogs', () => ({ params }), { requests: 4, inTurn: 2, units: 7 }],
    [
      'a page of its uploads',
      'listDockUploads',
      () => ({ params, query: { limit } }),
      { requests: 2, inTurn: 1, units: 6 },
    ],
    [
      'the upload that it is at',
      'getUpload',
      () => ({ params: { ...params, id } }),
      { requests: 3, inTurn: 1, units: 4 },
    ],
    [
      'its alarms that stand',
      'getDockAlarms',
      () => ({ params, query: { state: 'standing' } }),
      { requests: 2, inTurn: 1, units: 2 },
    ],
    ['its debug mode', 'getDebugMode', () => ({ params }), { requests: 2, inTurn: 1, units: 2 }],
    ['a page of docks', 'listDocks', () => ({ query: { limit } }), { requests: 4, inTurn: 3, units: 75.5 }],
    [
      'a page of those that are there',
      'listDocks',
      () => ({ query: { limit, presence: 'online' } }),
      { requests: 4, inTurn: 3, units: 75.5 },
    ],
    [
      'a page of uploads',
      'listUploads',
      () => ({ query: { limit } }),
      { requests: 2, inTurn: 2, units: 25.5 },
    ],
    [
      'what needs somebody now, of 30 docks and 56 uploads',
      'getOverview',
      () => ({}),
      { requests: 9, inTurn: 2, units: 17 },
    ],
    ['a page of alarms', 'listAlarms', () => ({ query: { limit } }), { requests: 2, inTurn: 2, units: 13 }],
  ]
  for (const [name, route, call, most] of cases)
    it(name, async () => assert.deepEqual(await taken(route, call()), most))
})
