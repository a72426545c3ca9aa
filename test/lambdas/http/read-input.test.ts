import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { type RouteName, routes } from '../../../lambdas/contract/routes.ts'
import { read as readInput } from '../../../lambdas/http/read-input.ts'
import { wireApi } from '../../support/api.ts'
import type { Call } from '../../support/http-calls.ts'
import { openTable } from '../../support/table.ts'

const id = '019b1a2b-3c4d-7e5f-8a6b-7c8d9e0f1a2b'

describe('a bad request', () => {
  const world = openTable()
  const api = wireApi(world.table)
  before(async () => {
    await api.listedDock('DOCK1')
  })

  const dock = { dockSn: 'DOCK1' }
  const boots = (...bootIndexes: unknown[]) => ({ selections: [{ module: 'dock', bootIndexes }] })

  /** Each with its only input error: path and message. */
  const invalid: [string, RouteName, Call, string, RegExp][] = [
    [
      'a serial number with other letters',
      'getDock',
      { params: { dockSn: 'DOCK-1' } },
      'dockSn',
      /serial number/,
    ],
    [
      'a serial number that is too long',
      'getDock',
      { params: { dockSn: 'D'.repeat(33) } },
      'dockSn',
      /serial number/,
    ],
    [
      'a body without what it has to have',
      'startUpload',
      { params: dock, body: {} },
      'selections',
      /^is missing$/,
    ],
    [
      'a text for a list',
      'startUpload',
      { params: dock, body: { selections: 'x' } },
      'selections',
      /^must be a list$/,
    ],
    [
      'an empty list',
      'startUpload',
      { params: dock, body: { selections: [] } },
      'selections',
      /^must have at least 1 entry$/,
    ],
    [
      'a number that is too large',
      'startUpload',
      { params: dock, body: { ...boots(1), retries: 4 } },
      'retries',
      /^must be at most 3$/,
    ],
    ['an id that is none', 'getUpload', { params: { ...dock, id: 'latest' } }, 'id', /must be an id/],
    [
      'a module that there is not',
      'downloadArchive',
      { params: { ...dock, id, module: 'gimbal' } },
      'module',
      /aircraft.*dock/,
    ],
    ['an unknown field', 'registerDock', { params: dock, body: { nmae: 'x' } }, 'nmae', /not a field/],
    [
      'an unknown field deep inside',
      'startUpload',
      { params: dock, body: { selections: [{ module: 'dock', bootIndexes: [1], size: 1 }] } },
      'selections[0].size',
      /not a field/,
    ],
    [
      'a fleet with other letters',
      'registerDock',
      { params: dock, body: { fleet: 'a/b' } },
      'fleet',
      /1 to 64/,
    ],
    ['a name that is empty', 'registerDock', { params: dock, body: { name: '' } }, 'name', /1/],
    ...[
      '\u202e',
      '\u200b',
      '\u2028',
      '\u2029',
      '\u00ad',
      '\ufeff',
      '\u3164',
      '\u2800',
      '\ufffe',
      '\u{10ffff}',
      '\ufe0f',
      '\u{e01ef}',
      '\u2065',
    ].map((hidden): [string, RouteName, Call, string, RegExp] => [
      `a name with U+${hidden.codePointAt(0)?.toString(16)}`,
      'registerDock',
      { params: dock, body: { name: `Harbour${hidden}` } },
      'name',
      /invisible/,
    ]),
    [
      'an aircraft that is no serial number',
      'registerDock',
      { params: dock, body: { aircraftSn: '' } },
      'aircraftSn',
      /serial number/,
    ],
    ['no selection', 'startUpload', { params: dock, body: {} }, 'selections', /is missing/],
    ['an empty selection', 'startUpload', { params: dock, body: { selections: [] } }, 'selections', /1/],
    [
      'three selections',
      'startUpload',
      { params: dock, body: { selections: [1, 2, 4].map((n) => boots(n).selections[0]) } },
      'selections',
      /2/,
    ],
    ['no boot', 'startUpload', { params: dock, body: boots() }, 'selections[0].bootIndexes', /1/],
    [
      'a thousand and one boots',
      'startUpload',
      { params: dock, body: boots(...Array.from({ length: 1001 }, () => 1)) },
      'selections[0].bootIndexes',
      /1000/,
    ],
    [
      'a boot that is no number',
      'startUpload',
      { params: dock, body: boots('1') },
      'selections[0].bootIndexes[0]',
      /number/,
    ],
    [
      'a boot below zero',
      'startUpload',
      { params: dock, body: boots(-1) },
      'selections[0].bootIndexes[0]',
      /0/,
    ],
    [
      'a time that is none',
      'startUpload',
      { params: dock, body: { selections: [{ module: 'dock', from: 'today', to: '2027-01-01T00:00:00Z' }] } },
      'selections[0].from',
      /^must be a time like 2026-11-21T10:00:00Z$/,
    ],
    [
      'a time without a zone',
      'startUpload',
      { params: dock, body: { ...boots(1), finishBy: '2027-01-01T00:00:00' } },
      'finishBy',
      /^must be a time like 2026-11-21T10:00:00Z$/,
    ],
    [
      'a time that is in the year 10000 of UTC',
      'startUpload',
      { params: dock, body: { ...boots(1), finishBy: '9999-12-31T23:59:59-00:01' } },
      'finishBy',
      /^must be a time like 2026-11-21T10:00:00Z$/,
    ],
    [
      'a time that is before the year 0 of UTC',
      'listUploads',
      { query: { createdBefore: '0000-01-01T00:00:00+00:01' } },
      'createdBefore',
      /^must be a time like 2026-11-21T10:00:00Z$/,
    ],
    [
      'a note of a book',
      'startUpload',
      { params: dock, body: { ...boots(1), note: 'x'.repeat(501) } },
      'note',
      /500/,
    ],
    ['a body that is no object', 'startUpload', { params: dock, body: '[]' }, '', /object/],
    ['a body that is null', 'startUpload', { params: dock, body: 'null' }, '', /object/],
    ['modules that are none', 'requestListing', { params: dock, body: { modules: [] } }, 'modules', /1/],
    ['a limit above 200', 'listDocks', { query: { limit: '201' } }, 'limit', /200/],
    ['a limit of nothing', 'listDocks', { query: { limit: '0' } }, 'limit', /1/],
    ['a limit that is no number', 'listDocks', { query: { limit: 'all' } }, 'limit', /number/],
    ['an unknown query', 'listDocks', { query: { flet: 'north' } }, 'flet', /not a field/],
    [
      'a query that schemas overlook',
      'listDocks',
      { query: { ['__proto__']: 'x' } },
      '__proto__',
      /not a field/,
    ],
    ['a state that there is not', 'listUploads', { query: { state: 'done' } }, 'state', /verified/],
    [
      'a time in a query that is none',
      'listUploads',
      { query: { createdAfter: '2027' } },
      'createdAfter',
      /^must be a time like 2026-11-21T10:00:00Z$/,
    ],
  ]
  for (const [name, route, call, path, message] of invalid)
    it(`with ${name} is a 422 that says where`, async () => {
      const { status, problem } = await api.call(route, call)
      assert.deepEqual([status, problem.name], [422, 'invalid-request'])
      assert.deepEqual(
        problem.errors?.map((error) => error.path),
        [path],
      )
      assert.match(problem.errors?.[0]?.message ?? '', message)
    })

  for (const name of ['__proto__', String.raw`\u005f_proto__`])
    it(`with ${name} among labels is a 422 that says where, and chooses no more devices than it says`, () => {
      const body = `{"name":"Spring","packageId":"p","select":{"labels":{"${name}":"x"}}}`
      const read = readInput(routes.putCampaign, { pathParameters: { id: 'odd' } }, body)
      assert.ok(!read.ok)
      assert.match(
        JSON.stringify(read.problem.body),
        /"path":"select.labels.__proto__","message":"is not a field/,
      )
    })

  it('with text that could not be kept or shown is a 422 that says where', () => {
    const errorsOf = (route: RouteName, body: object): string => {
      const read = readInput(routes[route], { pathParameters: { id: 'odd' } }, JSON.stringify(body))
      return read.ok ? '' : JSON.stringify(read.problem.body)
    }
    const told = { name: 'P', version: '2', package: 'firmware' }
    assert.equal(errorsOf('putPackage', { ...told, customInfo: '{"é":"\n🚁"}' }), '')
    assert.match(
      errorsOf('putPackage', { ...told, customInfo: 'x\ud83d' }),
      /customInfo.*half of a surrogate/,
    )
    assert.equal(errorsOf('approveCampaign', { phase: 'all', comment: 'Looks good 🚁' }), '')
    for (const comment of ['\u001b[2J', 'a\u202eb', ''])
      assert.match(errorsOf('approveCampaign', { phase: 'all', comment }), /comment/)
  })

  it('is not one if only an entry of a list has such a field', () => {
    const body = '[{"deviceId":"d","body":{"__proto__":{"x":1}}}]'
    assert.ok(readInput(routes.takeDeviceEvents, {}, body).ok)
  })

  it('that is nested as deep as it may be long is a 422, too', async () => {
    const body = `{"selections":${'['.repeat(60_000)}${']'.repeat(60_000)}}`
    assert.equal((await api.call('startUpload', { params: dock, body })).status, 422)
  })

  it('gets a hundred of its errors, however many it has', async () => {
    const fields = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`k${n}`, n]))
    const { problem } = await api.call('changeDock', { params: dock, body: fields })
    assert.equal(problem.errors?.length, 100)
  })

  it('gets all of its errors at once', async () => {
    const body = { selections: [{ module: 'gimbal', bootIndexes: [] }], finishBy: 1, nope: 1 }
    const { problem } = await api.call('startUpload', { params: { dockSn: '?' }, body })
    assert.deepEqual(problem.errors?.map(({ path }) => path).sort(), [
      'dockSn',
      'finishBy',
      'nope',
      'selections[0].bootIndexes',
      'selections[0].module',
    ])
  })

  for (const body of ['{', 'selections=1', '{"a":1}{"b":2}', 'undefined'])
    it(`with a body such as ${body} is a 400`, async () => {
      const { status, problem } = await api.call('startUpload', { params: dock, body })
      assert.deepEqual([status, problem.name], [400, 'malformed-json'])
    })

  it('with more than 128 KiB is a 413, as text and as bytes', async () => {
    const body = JSON.stringify({ note: 'ü'.repeat(66_000) })
    for (const sent of [body, Buffer.from(body)]) {
      const { status, problem } = await api.call('startUpload', { params: dock, body: sent })
      assert.deepEqual([status, problem.name], [413, 'body-too-large'])
    }
  })

  it('is not one because its body came in base64, or is empty where all fields may be missing', async () => {
    const encoded = Buffer.from(JSON.stringify({ fleet: 'north', name: 'Dächer' }))
    assert.match((await api.call('registerDock', { params: dock, body: encoded })).text, /Dächer/)
    for (const body of [undefined, '', ' \n'])
      assert.equal((await api.call('requestListing', { params: dock, body })).status, 202)
  })
})
