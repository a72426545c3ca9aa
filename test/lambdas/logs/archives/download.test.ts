import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { objectFact } from '../../../../lambdas/logs/facts.ts'
import { newId } from '../../../../lambdas/runtime/new-id.ts'
import { versionKey, wireApi } from '../../../support/api.ts'
import { openTable } from '../../../support/table.ts'
import { ended, minutes, opened, registersOf, seconds, stored } from '../../../support/upload-facts.ts'

describe('downloading an archive', () => {
  const world = openTable()
  let docks = 0

  const setUp = async () => {
    const api = wireApi(world.table)
    docks += 1
    const dockSn = `DOCK${docks}`
    const dock = await api.listedDock(dockSn)
    const id = newId(opened)
    const times = { now: opened, answerBy: opened + seconds(15), deadlineAt: opened + minutes(65) }
    const selections = [{ module: 'dock' as const, bootIndexes: [1] }]
    await api.open(
      dock,
      { id, commandId: newId(opened), ...times, requestedBy: 'ann', selections },
      undefined,
    )
    const key = `north/${dockSn}/2027-01-15/${id}/dock.tar`
    const download = (module = 'dock', claims = {}) =>
      api.call('downloadArchive', { params: { dockSn, id, module }, ...claims })
    const arrive = () =>
      api.hot.record(dockSn, id, registersOf(ended(9, 'dock', 'uploaded'), stored(9, 'dock')))
    return { api, dockSn, id, key, download, arrive }
  }

  it('returns an uncacheable link for five minutes, and records the caller', async () => {
    const { api, dockSn, id, key, download, arrive } = await setUp()
    await arrive()
    api.storage.set(key, { size: 400, etag: 'e' })
    const answer = await download()
    assert.deepEqual(answer.body, {
      url: `https://storage.example/${key}?name=${dockSn}-${id}-dock.tar&expires=300`,
      expiresAt: '2027-01-15T08:05:00.000Z',
    })
    assert.equal(answer.headers['cache-control'], 'no-store')
    const { entries: history } = await api.history.shown(dockSn, id)
    assert.deepEqual(history.map(({ by, action }) => `${by} ${action}`).sort(), [
      'ann start',
      'machine-1 download dock',
    ])
  })

  it('is of the version that was verified, whatever came later', async () => {
    const { api, dockSn, id, key, download } = await setUp()
    const object = (version: string, sequencer: string, size: number) =>
      objectFact('dock', { size, etag: 'x-2', version, sequencer, at: opened + 9 })
    await api.hot.record(
      dockSn,
      id,
      registersOf(ended(9, 'dock', 'uploaded'), object('v1', '0A', 400), object('v2', '0B', 7)),
    )
    api.storage.set(key, { size: 7, etag: 'e', version: 'v2' })
    assert.deepEqual((await download()).problem.name, 'archive-expired')
    api.storage.set(versionKey(key, 'v1'), { size: 400, etag: 'e', version: 'v1' })
    assert.match((await download()).text, /&version=v1"/)
  })

  it('is of the version that existed when the link was made, if no event has come yet', async () => {
    const { api, key, download } = await setUp()
    api.storage.set(key, { size: 400, etag: 'e', version: 'v1' })
    assert.match((await download()).text, /&version=v1"/)
  })

  it('is possible as soon as the object is there, whatever the dock said', async () => {
    const { api, key, download } = await setUp()
    api.storage.set(key, { size: 400, etag: 'e' })
    assert.equal((await download()).status, 200)
  })

  it('is a 410 once the archive is no longer kept', async () => {
    const { api, dockSn, id, download, arrive } = await setUp()
    await arrive()
    const answer = await download()
    assert.deepEqual([answer.status, answer.problem.name], [410, 'archive-expired'])
    assert.equal((await api.history.shown(dockSn, id)).entries.length, 1)
  })

  it('is a 409 while the archive has not arrived', async () => {
    const { download } = await setUp()
    const answer = await download()
    assert.deepEqual([answer.status, answer.problem.name], [409, 'archive-not-stored'])
  })

  it('is a 500 without internal text when storage refuses the request', async () => {
    const { api, download } = await setUp()
    api.broken.add('storage')
    const answer = await download()
    assert.deepEqual([answer.status, answer.problem.name], [500, 'internal-error'])
    assert.doesNotMatch(answer.text, /internal text/)
  })

  it('is a 404 for an archive or upload that is not there, or a dock of another fleet', async () => {
    const { api, dockSn, download } = await setUp()
    assert.equal((await download('aircraft')).problem.name, 'not-found')
    const params = { dockSn, id: newId(opened), module: 'dock' }
    assert.equal((await api.call('downloadArchive', { params })).problem.name, 'not-found')
    const south = { claims: { sub: 'south', scope: 'groundcrew/download@south' } }
    assert.equal((await download('dock', south)).problem.name, 'unknown-dock')
  })

  it('needs its own permission', async () => {
    const { download } = await setUp()
    const reader = { claims: { sub: 'reader', scope: 'groundcrew/read groundcrew/operate' } }
    assert.deepEqual((await download('dock', reader)).problem.name, 'not-permitted')
  })
})
