import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import * as z from 'zod'
import { type RouteName, routes } from '../../../lambdas/contract/routes.ts'
import { onHttp } from '../../../lambdas/http/on-http.ts'
import { readLogs } from '../../../lambdas/logs/read.ts'
import { wireApi } from '../../support/api.ts'
import { answerOf, type Call, eventOf } from '../../support/http-calls.ts'
import { openTable } from '../../support/table.ts'
import { answered, jobEnded, opened, registersOf, seconds, uploading } from '../../support/upload-facts.ts'

const Page = z.object({ items: z.array(z.looseObject({})), next: z.string().optional() })
const north = { sub: 'north', scope: 'groundcrew/read@north' }

describe('reading', () => {
  const world = openTable()
  const api = wireApi(world.table)
  const ids: Record<string, string> = {}
  const Started = z.object({ id: z.string() })

  /** Two docks in the north and one in the south, each with an upload; the first one's is under way. */
  before(async () => {
    for (const [dockSn, fleet] of [
      ['NORTH1', 'north'],
      ['NORTH2', 'north'],
      ['SOUTH1', 'south'],
    ] as const) {
      await api.listedDock(dockSn, fleet)
      const note = dockSn === 'SOUTH1' ? { note: 'Hard Landing' } : {}
      const body = { selections: [{ module: 'dock', bootIndexes: [1] }], ...note }
      const { body: upload } = await api.call('startUpload', { params: { dockSn }, body })
      ids[dockSn] = Started.parse(upload).id
    }
    await api.hot.record(
      'NORTH1',
      ids.NORTH1 ?? '',
      registersOf(answered(seconds(1)), uploading(seconds(9), 'dock', 40)),
    )
    await api.hot.record('SOUTH1', ids.SOUTH1 ?? '', registersOf(jobEnded(seconds(5), 'failed', 324018)))
    const fault = { reason: 'notJson', path: '', sample: '{', at: opened, times: 1 }
    for (const source of ['NORTH1', 'SOUTH1']) await api.rejected.add(source, [fault])
    await api.docks.sawForeignExport('NORTH2', { objectKey: 'other.tar', seenAt: opened + seconds(3) })
    api.clock.now = opened + seconds(10)
  })

  const uploadParams = (dockSn: string) => ({ dockSn, id: ids[dockSn] ?? '' })
  const names = async (
    route: 'listDocks' | 'listUploads' | 'listRejectedMessages',
    query: Record<string, string> = {},
    claims = {},
  ) => {
    const { body } = await api.call(route, { query, ...claims })
    return Page.parse(body).items.map((item) => item.dockSn ?? item.source)
  }

  it('shows a dock with its active upload, and when it was last heard', async () => {
    const { body } = await api.call('getDock', { params: { dockSn: 'NORTH1' } })
    assert.deepEqual(body, {
      dockSn: 'NORTH1',
      fleet: 'north',
      createdAt: '2027-01-15T08:00:00.000Z',
      activeUpload: {
        id: ids.NORTH1,
        state: 'uploading',
        percent: 40,
        href: `/v1/docks/NORTH1/log-uploads/${ids.NORTH1}`,
      },
      presence: { state: 'unknown' },
      lastHeardAt: '2027-01-15T08:00:09.000Z',
    })
  })

  it('shows a dock without an active upload once that has ended', async () => {
    const { body } = await api.call('getDock', { params: { dockSn: 'SOUTH1' } })
    assert.equal(z.looseObject({}).parse(body).activeUpload, undefined)
  })

  it('shows what another platform has a dock export', async () => {
    const { text } = await api.call('getDock', { params: { dockSn: 'NORTH2' } })
    assert.match(text, /"lastHeardAt":"2027-01-15T08:00:03.000Z","foreignExport":\{"objectKey":"other.tar"/)
  })

  it('shows no export of another platform that has ended or gone silent', async () => {
    const shown = async () =>
      /foreignExport/.test((await api.call('getDock', { params: { dockSn: 'NORTH2' } })).text)
    const { now } = api.clock
    api.clock.now = now + 10 * 60_000
    assert.equal(await shown(), false)
    const seenAt = api.clock.now
    await api.docks.sawForeignExport('NORTH2', { objectKey: 'other.tar', seenAt })
    assert.equal(await shown(), true)
    await api.docks.sawForeignExport('NORTH2', { objectKey: 'other.tar', seenAt: seenAt + 1, ended: true })
    assert.equal(await shown(), false)
    api.clock.now = now
  })

  it('shows the outcome of the newest request for a listing, with the known logs', async () => {
    const newest = async () =>
      z
        .object({ modules: z.array(z.unknown()), newest: z.looseObject({ state: z.string() }).optional() })
        .parse((await api.call('getLogs', { params: { dockSn: 'NORTH2' } })).body)
    assert.equal((await newest()).newest?.state, 'received')
    const { body } = await api.call('requestListing', { params: { dockSn: 'NORTH2' }, body: {} })
    const { id } = Started.parse(body)
    const asked = await newest()
    assert.deepEqual([asked.newest?.id, asked.newest?.state, asked.modules.length], [id, 'requested', 2])
    const modules = [
      { module: 'aircraft' as const, result: 324015, logs: [] },
      { module: 'dock' as const, result: 0, logs: [] },
    ]
    const receipt = { receivedAt: api.clock.now, receiptId: 'r' }
    await api.listings.answer('NORTH2', id, { commandId: id, result: 0, modules }, receipt)
    const told = (await newest()).newest
    assert.equal(told?.state, 'received')
    assert.match(JSON.stringify(told), /"module":"aircraft","failure":\{"code":324015/)
  })

  it('shows an upload with who did what', async () => {
    const { body } = await api.call('getUpload', { params: uploadParams('SOUTH1') })
    const { state, failure, history } = z
      .object({ state: z.string(), failure: z.object({ code: z.number() }), history: z.array(z.unknown()) })
      .parse(body)
    assert.deepEqual([state, failure.code], ['failed', 324018])
    assert.deepEqual(history, [{ at: '2027-01-15T08:00:00.000Z', by: 'machine-1', action: 'start' }])
  })

  it('says that there is more history than an upload shows, and pages it', async () => {
    const params = uploadParams('SOUTH1')
    for (let n = 0; n < 12; n++)
      await api.history.add('SOUTH1', params.id, { at: opened + 1 + n, by: 'ann', action: 'download dock' })
    const { text } = await api.call('getUpload', { params })
    assert.match(text, /"action":"start"}.*"moreHistory":true/)
    const first = Page.parse((await api.call('listUploadHistory', { params, query: { limit: '12' } })).body)
    const query = { cursor: first.next ?? '' }
    const rest = Page.parse((await api.call('listUploadHistory', { params, query })).body)
    const entries = [...first.items, ...rest.items].map(({ action }) => action)
    assert.deepEqual(entries, [...Array.from({ length: 12 }, () => 'download dock'), 'start'])
    const { id } = uploadParams('NORTH1')
    const unknown = await api.call('listUploadHistory', { params: { dockSn: 'SOUTH1', id } })
    assert.equal(unknown.status, 404)
  })

  it('lists by fleet, state and time', async () => {
    assert.deepEqual(await names('listDocks'), ['NORTH1', 'NORTH2', 'SOUTH1'])
    assert.deepEqual(await names('listDocks', { fleet: 'south' }), ['SOUTH1'])
    assert.deepEqual(await names('listUploads', { state: 'failed' }), ['SOUTH1'])
    assert.deepEqual(await names('listUploads', { fleet: 'south', state: 'requested' }), [])
    assert.deepEqual(await names('listUploads', { state: 'unsuccessful' }), ['SOUTH1'])
    // Both were started in the same millisecond.
    const several = await names('listUploads', { state: 'uploading,unsuccessful' })
    assert.deepEqual(several.sort(), ['NORTH1', 'SOUTH1'])
    assert.deepEqual(await names('listUploads', { createdAfter: '2027-01-15T08:00:01Z' }), [])
    assert.deepEqual(await names('listRejectedMessages', { source: 'NORTH1' }), ['NORTH1'])
  })

  it('finds uploads by dock and by note, with any other filter', async () => {
    const { body: failed } = await api.call('getUpload', { params: uploadParams('SOUTH1') })
    assert.equal(z.looseObject({ note: z.string() }).parse(failed).note, 'Hard Landing')
    assert.deepEqual(await names('listUploads', { note: 'hard land' }), ['SOUTH1'])
    assert.deepEqual(await names('listUploads', { note: 'hard land', state: 'requested' }), [])
    assert.deepEqual(await names('listUploads', { dockSn: 'NORTH1' }), ['NORTH1'])
    assert.deepEqual(await names('listUploads', { dockSn: 'NORTH1', state: 'unsuccessful' }), [])
    assert.deepEqual(await names('listUploads', { dockSn: 'SOUTH1', note: 'LANDING' }), ['SOUTH1'])
    assert.deepEqual(await names('listUploads', { dockSn: 'SOUTH1' }, { claims: north }), [])
    assert.deepEqual(await names('listUploads', { dockSn: 'NOBODY' }), [])
  })

  it('finds an upload created at `createdAfter`, and none created at `createdBefore`', async () => {
    const [created, later] = ['2027-01-15T08:00:00Z', '2027-01-15T08:00:00.001Z']
    for (const filter of [{ fleet: 'south' }, { dockSn: 'SOUTH1' }]) {
      assert.deepEqual(await names('listUploads', { ...filter, createdAfter: created }), ['SOUTH1'])
      assert.deepEqual(await names('listUploads', { ...filter, createdAfter: later }), [])
      assert.deepEqual(await names('listUploads', { ...filter, createdBefore: created }), [])
      assert.deepEqual(await names('listUploads', { ...filter, createdBefore: later }), ['SOUTH1'])
    }
  })

  it('does not reveal by an empty page that the dock exists in another fleet', async () => {
    const [found] = (await api.uploads.ofDock('SOUTH1', {})).items
    assert.ok(found)
    // More than one request reads.
    const uploads = {
      ...api.uploads,
      ofDock: async () => ({ items: Array(50).fill(found), next: found.request.id }),
    }
    const handle = onHttp(routes, () => readLogs({ ...api, uploads }))
    const search = async (query: Record<string, string>, claims?: Call['claims']) =>
      answerOf(await handle(eventOf('listUploads', { query, ...(claims ? { claims } : {}) }))).body
    assert.deepEqual(await search({ dockSn: 'SOUTH1' }, north), { items: [] })
    const ofAll = Page.parse(await search({ dockSn: 'SOUTH1', note: 'nowhere' }))
    assert.deepEqual([ofAll.items.length, ofAll.next], [0, found.request.id])
    const { status } = await api.call('listUploads', { query: { state: 'failed,lost' } })
    assert.equal(status, 422)
  })

  it('pages what it finds by note to the end', async () => {
    const found: unknown[] = []
    let cursor: string | undefined
    do {
      const query = { note: '', limit: '1', ...(cursor === undefined ? {} : { cursor }) }
      const page = Page.parse((await api.call('listUploads', { query })).body)
      found.push(...page.items.map(({ dockSn }) => dockSn))
      cursor = page.next
    } while (cursor !== undefined)
    assert.deepEqual(found.toSorted(), ['NORTH1', 'NORTH2', 'SOUTH1'])
  })

  it('lists nothing of other fleets to a caller who is limited to one', async () => {
    const limited = { claims: north }
    assert.deepEqual(await names('listDocks', {}, limited), ['NORTH1', 'NORTH2'])
    assert.deepEqual(await names('listDocks', { fleet: 'south' }, limited), [])
    assert.deepEqual((await names('listUploads', {}, limited)).sort(), ['NORTH1', 'NORTH2'])
    assert.deepEqual(await names('listRejectedMessages', {}, limited), ['NORTH1'])
    assert.deepEqual(await names('listRejectedMessages', { source: 'SOUTH1' }, limited), [])
  })

  it('hides a dock of another fleet, and all that is below it', async () => {
    const dockRoutes: [RouteName, Record<string, string>][] = [
      ['getDock', { dockSn: 'SOUTH1' }],
      ['getLogs', { dockSn: 'SOUTH1' }],
      ['listDockUploads', { dockSn: 'SOUTH1' }],
      ['getUpload', uploadParams('SOUTH1')],
      ['listUploadHistory', uploadParams('SOUTH1')],
      ['getListing', uploadParams('SOUTH1')],
    ]
    for (const [route, params] of dockRoutes) {
      const answer = await api.call(route, { params, claims: north })
      assert.deepEqual([route, answer.status, answer.problem.name], [route, 404, 'unknown-dock'])
      assert.doesNotMatch((await api.call(route, { params })).text, /unknown-dock/)
    }
  })

  it('follows the pages of a list to its end', async () => {
    const seen: unknown[] = []
    let cursor: string | undefined
    do {
      const query = { limit: '1', ...(cursor ? { cursor } : {}) }
      const page = Page.parse((await api.call('listUploads', { query })).body)
      seen.push(...page.items.map(({ dockSn }) => dockSn))
      cursor = page.next
    } while (cursor)
    assert.deepEqual(seen.sort(), ['NORTH1', 'NORTH2', 'SOUTH1'])
  })

  for (const [route, params] of [
    ['listDocks', {}],
    ['listUploads', {}],
    ['listDockUploads', { dockSn: 'NORTH1' }],
    ['listUploadHistory', { dockSn: 'NORTH1' }],
  ] as const)
    it(`refuses a bad cursor on ${route}`, async () => {
      const named = route === 'listUploadHistory' ? uploadParams('NORTH1') : params
      const answer = await api.call(route, { params: named, query: { cursor: 'nonsense' } })
      assert.deepEqual(
        [answer.status, answer.problem.name, answer.problem.errors?.map(({ path }) => path)],
        [422, 'invalid-request', ['cursor']],
      )
    })

  it('answers with the schema of each route', async () => {
    const asked = await api.call('requestListing', { params: { dockSn: 'NORTH1' }, body: {} })
    const listing = Started.parse(asked.body).id
    const reads: [RouteName, Record<string, string>][] = [
      ['getDock', { dockSn: 'NORTH1' }],
      ['listDocks', {}],
      ['getListing', { dockSn: 'NORTH1', id: listing }],
      ['getLogs', { dockSn: 'NORTH1' }],
      ['listDockUploads', { dockSn: 'NORTH1' }],
      ['getUpload', uploadParams('NORTH1')],
      ['listUploadHistory', uploadParams('NORTH1')],
      ['listUploads', {}],
      ['listRejectedMessages', {}],
      ['getOpenApi', {}],
      ['getAsyncApi', {}],
    ]
    for (const [route, params] of reads) {
      const { status, body } = await api.call(route, { params })
      assert.equal(status, 200, route)
      const parsed = z.safeParse(routes[route].output, body)
      assert.ok(parsed.success, `${route}: ${parsed.error?.message}`)
      assert.deepEqual(parsed.data, body, `${route} says nothing that it does not promise`)
    }
  })

  it('reads little of each dock of a page, however long their listings and uploads are', async () => {
    const crowded = openTable({ hasRates: false })
    const many = wireApi(crowded.table)
    const boots = Array.from({ length: 600 }, (_, n) => n)
    const logs = boots.map((bootIndex) => ({ bootIndex, startTime: opened, endTime: opened, sizeBytes: 1 }))
    const dockSns = Array.from({ length: 20 }, (_, n) => `CROWD${n}`)
    await Promise.all(
      dockSns.map(async (dockSn) => {
        const receipt = { receivedAt: opened + seconds(2), receiptId: 'receipt' }
        await many.docks.register(dockSn, { fleet: 'north' }, 'all', opened)
        const asked = await many.call('requestListing', { params: { dockSn } })
        const { id } = Started.parse(asked.body)
        const modules = [{ module: 'dock' as const, result: 0, logs }]
        await many.listings.answer(dockSn, id, { commandId: id, result: 0, modules }, receipt)
        const body = { selections: [{ module: 'dock', bootIndexes: boots }] }
        assert.equal((await many.call('startUpload', { params: { dockSn }, body })).status, 202)
      }),
    )
    crowded.used.length = 0
    const { body } = await many.call('listDocks', { query: { limit: '200' } })
    const heard = Page.parse(body).items.map(({ lastHeardAt }) => lastHeardAt)
    assert.deepEqual(
      heard,
      dockSns.map(() => '2027-01-15T08:00:02.000Z'),
    )
    const units = crowded.used.reduce((sum, one) => sum + one.units, 0)
    assert.ok(units <= dockSns.length * 3.5 + 5, `${units} read units for ${dockSns.length} docks`)
  })

  it('shows when a dock last answered, in whatever order its answers are recorded', async () => {
    const { dockSn } = await api.listedDock('NORTH3', 'far')
    const asked = await api.call('requestListing', { params: { dockSn } })
    const { id } = Started.parse(asked.body)
    for (const at of [seconds(17), seconds(16)]) {
      const receipt = { receivedAt: opened + at, receiptId: `receipt${at}` }
      await api.listings.answer(dockSn, id, { commandId: id, result: 1, modules: [] }, receipt)
    }
    const { text } = await api.call('getDock', { params: { dockSn } })
    assert.match(text, /"lastHeardAt":"2027-01-15T08:00:17.000Z"/)
  })

  describe('a revalidation', () => {
    const get = (etag?: string) =>
      api.call('getUpload', {
        params: uploadParams('NORTH2'),
        ...(etag === undefined ? {} : { headers: { 'if-none-match': etag } }),
      })

    it('is a 304 without a body', async () => {
      const { headers } = await get()
      const etag = String(headers.etag)
      for (const given of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
        const answer = await get(given)
        assert.deepEqual([answer.status, answer.text, answer.headers.etag], [304, '', etag])
      }
    })

    it('is a 200 with another ETag once it has changed', async () => {
      const { headers } = await get()
      await api.hot.record('NORTH2', ids.NORTH2 ?? '', answered(seconds(2)))
      const answer = await get(String(headers.etag))
      assert.equal(answer.status, 200)
      assert.notEqual(answer.headers.etag, headers.etag)
    })
  })
})
