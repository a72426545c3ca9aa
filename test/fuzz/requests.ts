import fc from 'fast-check'
import { type RouteName, routes } from '../../lambdas/contract/routes.ts'
import { permissions } from '../../lambdas/http/route.ts'
import type { Call } from '../support/http-calls.ts'
import { spoiltJson } from './changes.ts'

/** Requests for every route: in order, with one thing wrong, and senseless. */

const id = '019b1a2b-3c4d-7e5f-8a6b-7c8d9e0f1a2b'
const time = '2026-11-21T10:00:00Z'
const listing = { modules: ['aircraft', 'dock'] }

/** Bodies in order, for the routes that take one. */
const bodies: Partial<Record<RouteName, unknown>> = {
  registerDock: { name: 'North', aircraftSn: '1581F', fleet: 'north' },
  changeDock: { name: 'South', aircraftSn: null },
  requestListing: listing,
  startUpload: { selections: [{ module: 'dock', bootIndexes: [1] }], finishBy: time, note: 'x', retries: 1 },
  openDebugMode: { forSeconds: 600 },
  cancelUpload: listing,
  retryUpload: { finishBy: time, note: 'again' },
  registerDevice: {
    parentId: 'gateway-1',
    fleet: 'north',
    model: 'RTU-3200',
    timeZone: 'Europe/Berlin',
    labels: { site: 'lab' },
  },
  changeDevice: { parentId: null, model: 'RTU-3200', labels: { site: 'field' } },
  openUpgradeAttempt: { package: 'firmware', targetVersion: 'v2', timeoutSeconds: 3600, replace: true },
  changeCampaign: { name: 'Summer', timeoutSeconds: null, fleet: 'north', window: null },
  putCampaign: {
    name: 'Spring',
    package: 'software',
    targetVersion: 'v2',
    abort: { failedPercent: 5, minimumFinished: 5 },
  },
  addCampaignDevices: { deviceIds: ['device-1', 'device-2'] },
  takeDeviceEvents: [
    { deviceId: 'device-1', body: { services: [{ service_id: '$ota', event_type: 'version_report' }] } },
  ],
}

/** What belongs into each place of a path or a query. */
const fitting: Readonly<Record<string, string>> = {
  dockSn: 'DOCK1',
  deviceId: 'device-1',
  id,
  module: 'dock',
  limit: '10',
  fleet: 'north',
  state: 'uploading',
  createdAfter: time,
  createdBefore: time,
  source: 'DOCK1',
  version: 'v2',
  campaignId: 'spring',
  cursor: 'bm90aGluZw',
}

const odd = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    '..',
    '%',
    '%2e%2e%2f',
    '\ud800',
    '\u0000',
    '__proto__',
    '-1',
    '1e9',
    'x'.repeat(3_000),
  ),
)
const oneFor = (name: string): fc.Arbitrary<string> =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(fitting[name] ?? '') }, { weight: 1, arbitrary: odd })

const recordOf = (names: readonly string[], more: object = {}) =>
  fc.record(Object.fromEntries(names.map((name) => [name, oneFor(name)])), more)

const queryNames = Object.keys(fitting).slice(4)
const query = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  { weight: 2, arbitrary: fc.constantFrom(...queryNames).chain((name) => recordOf([name])) },
  { weight: 1, arbitrary: fc.dictionary(fc.string({ maxLength: 6 }), odd, { maxKeys: 3 }) },
)

const headers = fc.dictionary(
  fc.constantFrom('idempotency-key', 'if-none-match', 'content-type'),
  fc.oneof(fc.constantFrom('"x"', '*', 'W/"x"', 'key-1', 'text/plain'), odd),
  { maxKeys: 2 },
)

const bodyOf = (route: RouteName): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant(bodies[route] ?? {}) },
    { weight: 4, arbitrary: spoiltJson([bodies[route] ?? {}]) },
    { weight: 1, arbitrary: fc.string({ maxLength: 60 }) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)) },
  )

const scopes = fc
  .subarray([...permissions.map((name) => `groundcrew/${name}`), 'groundcrew/read@north', 'openid'])
  .map((some) => some.join(' '))
/** Who calls: mostly somebody who may, since the others do not come far. */
const claims = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc.record({
      claims: fc.record(
        { sub: odd, scope: scopes, 'cognito:groups': fc.array(odd, { maxLength: 3 }) },
        { requiredKeys: [] },
      ),
    }),
  },
)

export const routeNames = Object.keys(routes) as RouteName[]

export const requests: fc.Arbitrary<{ route: RouteName; call: Call }> = fc
  .constantFrom(...routeNames)
  .chain((route) => {
    const names = [...routes[route].path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
    return fc
      .record({ query, headers, claims, body: bodyOf(route), params: recordOf(names) })
      .map(({ claims, ...call }) => ({ route, call: { ...call, ...claims } }))
  })
