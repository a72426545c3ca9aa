import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod'
import { newId } from '../../../lambdas/runtime/new-id.ts'
import { removedKey } from '../../../lambdas/table/keys.ts'
import { closeAttempt, openAttempt } from '../../../lambdas/upgrades/attempts.ts'
import { type Api, wireApi } from '../../support/api.ts'
import { wireBackend } from '../../support/backend.ts'
import { batchOf, progressPayload, queued } from '../../support/dock-messages.ts'
import { failOnce, overtaken } from '../../support/failing-table.ts'
import type { Call } from '../../support/http-calls.ts'
import { wireOrganizations } from '../../support/organizations.ts'
import { openTable } from '../../support/table.ts'
import { answered, jobEnded, opened, registersOf, seconds } from '../../support/upload-facts.ts'

const Id = z.object({ id: z.string() })
const Items = z.object({ items: z.array(z.looseObject({})) })
const claimsOf = (right: string) => ({ sub: 'x', scope: `groundcrew/${right}` })

describe('a dock that is removed', () => {
  const world = openTable()
  let docks = 0

  /** A dock with a listing and an upload, in a fleet of its own; `end` ends the upload. */
  const uploading = async ({ autoRetries = 0 } = {}) => {
    docks += 1
    const [dockSn, fleet] = [`REMOVED${docks}`, `removed-${docks}`]
    const api = wireApi(world.table, { autoRetries })
    await api.listedDock(dockSn, fleet)
    const params = { dockSn }
    const body = { selections: [{ module: 'dock', bootIndexes: [1] }] }
    const started = await api.call('startUpload', { params, body })
    const { id } = Id.parse(started.body)
    const end = async () => {
      const facts = registersOf(answered(seconds(1)), jobEnded(seconds(5), 'failed', 324_018))
      await api.hot.record(dockSn, id, facts)
      api.clock.now = opened + seconds(10)
    }
    const ask = (route: Parameters<Api['call']>[0], more: Call = {}) =>
      api.call(route, { params: { ...params, ...more.params }, ...(({ params: _, ...rest }) => rest)(more) })
    const remove = (more: Call = {}) => ask('deleteDock', more)
    return { api, dockSn, fleet, id, end, ask, remove }
  }

  it('is in no list and no count any more, and unknown; removing it again says so', async () => {
    const { api, fleet, end, ask, remove } = await uploading()
    await end()
    const removed = await remove()
    assert.deepEqual([removed.status, removed.text], [204, ''])
    assert.deepEqual(Items.parse((await api.call('listDocks', { query: { fleet } })).body).items, [])
    const Overview = z.object({ docks: z.object({ registered: z.number() }) })
    const overview = await api.call('getOverview', { query: { fleet } })
    assert.equal(Overview.parse(overview.body).docks.registered, 0)
    for (const route of ['deleteDock', 'getDock', 'getLogs', 'getDebugMode', 'changeDock'] as const)
      assert.equal((await ask(route, { body: {} })).problem.name, 'unknown-dock', route)
    assert.equal((await ask('requestListing', { body: {} })).problem.name, 'unknown-dock')
  })

  it('leaves its records to its fleet until they expire, and to nobody else', async () => {
    const { api, dockSn, fleet, id, end, ask, remove } = await uploading()
    await end()
    await remove()
    const { status, body } = await ask('getUpload', { params: { id } })
    assert.deepEqual([status, z.looseObject({ dockSn: z.string() }).parse(body).dockSn], [200, dockSn])
    for (const route of ['listUploadHistory', 'listDockUploads'] as const) {
      const answer = await ask(route, { params: { id }, claims: claimsOf(`read@${fleet}`) })
      assert.equal(Items.parse(answer.body).items.length, 1, route)
    }
    const search = await api.call('listUploads', { query: { fleet } })
    assert.equal(Items.parse(search.body).items.length, 1)
    assert.deepEqual((await ask('getDockAlarms')).body, { items: [] })
    const archive = { params: { id, module: 'dock' } }
    assert.equal((await ask('downloadArchive', archive)).problem.name, 'archive-not-stored')
    const foreign = { claims: claimsOf('admin@elsewhere') }
    for (const route of ['getUpload', 'listDockUploads', 'downloadArchive', 'deleteArchive'] as const)
      assert.equal((await ask(route, { ...archive, ...foreign })).problem.name, 'unknown-dock', route)
    const { Item } = await world.table.client.send(
      new GetCommand({ TableName: world.table.name, Key: removedKey(dockSn) }),
    )
    assert.ok(Number(Item?.expiresAt) * 1000 >= opened + world.table.retention.uploads * 86_400_000)
  })

  it('may be registered again: it starts as new, and has its records', async () => {
    const { api, fleet: north, id, end, ask, remove } = await uploading()
    await end()
    await ask('changeDock', { body: { name: 'Old' } })
    await remove()
    api.clock.now += 60_000
    const again = await ask('registerDock', { body: { fleet: 'other' }, headers: { 'if-none-match': '*' } })
    assert.equal(again.status, 200)
    const { fleet, name, createdAt } = z
      .object({ fleet: z.string(), name: z.optional(z.string()), createdAt: z.string() })
      .parse((await ask('getDock')).body)
    assert.deepEqual([fleet, name, Date.parse(createdAt)], ['other', undefined, api.clock.now])
    assert.equal((await ask('getUpload', { params: { id } })).status, 200)
    const before = { params: { id }, claims: claimsOf(`read@${north}`) }
    assert.equal((await ask('getUpload', before)).problem.name, 'unknown-dock')
    const logs = z.object({ modules: z.array(z.unknown()) }).parse((await ask('getLogs')).body)
    assert.deepEqual(logs.modules, [])
  })

  it('is an unregistered one if it still speaks', async () => {
    const { api, dockSn, id, end, ask, remove } = await uploading()
    await end()
    await remove()
    const late = progressPayload(id, [{ module: '3', progress: { status: 'ok' } }])
    const message = queued({ dockSn, payload: late, receivedAt: opened + 20_000 })
    assert.deepEqual(await wireBackend(world.table).progress(batchOf(message)), [])
    const { Items: rows = [] } = await world.table.client.send(
      new QueryCommand({
        TableName: world.table.name,
        KeyConditionExpression: 'pk = :pk AND sk = :sk',
        ExpressionAttributeValues: { ':pk': `DOCK#${dockSn}`, ':sk': 'DOCK' },
      }),
    )
    assert.deepEqual(rows, [])
    assert.equal((await ask('getDock')).status, 404)
    await api.call('registerDock', { params: { dockSn: dockSn.toLowerCase() }, body: {} })
    const stranger = queued({ dockSn, payload: '{', receivedAt: opened + 30_000 })
    await wireBackend(world.table).progress(batchOf(stranger))
    const shown = await api.call('getDock', { params: { dockSn: dockSn.toLowerCase() } })
    assert.match(shown.text, new RegExp(`"heardAs":\\{"dockSn":"${dockSn}"`))
  })

  it('is refused while it uploads, or a retry is to follow', async () => {
    const { api, dockSn, id, end, ask, remove } = await uploading({ autoRetries: 1 })
    const href = `/v1/docks/${dockSn}/log-uploads/${id}`
    const refusal = async () => {
      const { status, problem } = await remove()
      return [status, problem.name, problem.hrefs]
    }
    assert.deepEqual(await refusal(), [409, 'dock-in-use', [href]])
    await end()
    const { nextTry } = z
      .looseObject({ nextTry: z.unknown() })
      .parse((await ask('getUpload', { params: { id } })).body)
    assert.ok(nextTry)
    assert.deepEqual(await refusal(), [409, 'dock-in-use', [href]])
    assert.equal((await ask('getDock')).status, 200)
    await ask('cancelUpload', { params: { id }, body: {} })
    await api.continueUploads()
    assert.equal((await remove()).status, 204)
  })

  it('is refused while a listing is in progress, or its debug mode is still to be closed', async () => {
    const { api, dockSn, end, ask, remove } = await uploading()
    await end()
    const listing = Id.parse((await ask('requestListing', { body: {} })).body)
    const since = api.clock.now
    const session = { phase: 'on' as const, since, until: since + 600_000, holder: 'ann', opens: [] }
    await api.debug.put(dockSn, session, 0, since)
    const { status, problem } = await remove()
    assert.deepEqual(
      [status, problem.name, problem.hrefs],
      [
        409,
        'dock-in-use',
        [`/v1/docks/${dockSn}/log-listings/${listing.id}`, `/v1/docks/${dockSn}/debug-mode`],
      ],
    )
    await api.debug.put(dockSn, { ...session, phase: 'off' }, 1, since)
    api.clock.now += 3_600_000
    assert.equal((await remove()).status, 204)
  })

  it('is refused if it begins an upload, its first or a later one, or moves, at that very moment', async () => {
    const { api, dockSn, fleet, end } = await uploading()
    await end()
    await api.listedDock(`${dockSn}FIRST`, fleet)
    await api.listedDock(`${dockSn}MOVED`, fleet)
    const selections = [{ module: 'dock', bootIndexes: [1] }]
    const begin = (params: { dockSn: string }) => api.call('startUpload', { params, body: { selections } })
    const move = (params: { dockSn: string }) => api.call('changeDock', { params, body: { fleet: 'moved' } })
    for (const [sn, happens] of [
      [dockSn, begin],
      [`${dockSn}FIRST`, begin],
      [`${dockSn}MOVED`, move],
    ] as const) {
      const params = { dockSn: sn }
      const slow = wireApi(overtaken(world.table, /^TransactWrite.*removedBy/, () => happens(params)))
      slow.clock.now = api.clock.now + 3_600_000
      assert.equal((await slow.call('deleteDock', { params })).problem.name, 'try-again', sn)
      assert.equal((await api.call('getDock', { params })).status, 200)
    }
  })

  it('leaves its organization, and its aircraft with it', async () => {
    const use = wireOrganizations(world.table)
    const [dock, aircraft] = ['REMOVEDBOUND', '1581FBOUND']
    const code = await use.code()
    await use.bind(dock, { [dock]: { code }, [aircraft]: { code } })
    const api = wireApi(world.table)
    const interrupted = wireApi(failOnce(world.table, /^UpdateCommand.*"AIRCRAFT"/))
    assert.equal((await interrupted.call('deleteDock', { params: { dockSn: dock } })).status, 503)
    assert.equal((await api.call('deleteDock', { params: { dockSn: dock } })).status, 204)
    assert.deepEqual(await use.boundTo(dock, aircraft, dock), [undefined, undefined])
    await use.bind(dock, { [dock]: { code: await use.code() } })
    assert.equal((await api.call('getDock', { params: { dockSn: dock } })).status, 200)
  })

  it('is refused while we drive an upgrade of it', async () => {
    const { api, dockSn, end, remove } = await uploading()
    await end()
    const id = newId(api.clock.now)
    const drive = { package: 'firmware' as const, target: '2', packageId: 'p', machines: 'docks' as const }
    const times = { openedAt: api.clock.now, timeoutSeconds: 3600, proveSeconds: 900, requestedBy: 'ann' }
    const opening = { replace: false, now: api.clock.now }
    await openAttempt(world.table, dockSn, undefined, { id, ...drive, ...times }, opening)
    const { status, problem } = await remove()
    const href = `/v1/devices/${dockSn}/upgrade-attempts/${id}`
    assert.deepEqual([status, problem.name, problem.hrefs], [409, 'dock-in-use', [href]])
    await closeAttempt(world.table, dockSn, id, 'ann', api.clock.now)
    assert.equal((await remove()).status, 204)
  })

  it('is removed only by administrators of its fleet', async () => {
    const { fleet, end, ask, remove } = await uploading()
    await end()
    assert.equal((await remove({ claims: claimsOf('admin@elsewhere') })).problem.name, 'unknown-dock')
    assert.equal((await remove({ claims: claimsOf(`operate@${fleet}`) })).problem.name, 'not-permitted')
    assert.equal((await ask('getDock')).status, 200)
    assert.equal((await remove({ claims: claimsOf(`admin@${fleet}`) })).status, 204)
    const again = await ask('registerDock', { body: {}, claims: claimsOf(`admin@${fleet}`) })
    assert.equal(again.problem.name, 'not-permitted')
  })
})
