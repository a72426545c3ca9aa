import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import * as z from 'zod'
import { hotUploads } from '../../../lambdas/logs/hot-upload.ts'
import { wireApi } from '../../support/api.ts'
import { someIds, wireCampaigns } from '../../support/campaigns.ts'
import { failOnce } from '../../support/failing-table.ts'
import { openTable } from '../../support/table.ts'
import { progress, wireUpgrades } from '../../support/upgrades.ts'
import { answered, jobEnded, opened, registersOf, seconds, uploading } from '../../support/upload-facts.ts'

const Body = z.looseObject({
  id: z.string().optional(),
  activeUpload: z.looseObject({ id: z.string() }).optional(),
  items: z.array(z.looseObject({})).optional(),
  history: z.array(z.looseObject({ action: z.string() })).optional(),
})

describe('while indexes and replicas are stale', () => {
  const world = openTable()
  let thaw = async () => {}
  beforeEach(async () => {
    thaw = await (await world.database).freezeReaders()
  })
  afterEach(() => thaw())

  it('a dock is busy with its upload, and shows it and its record', async () => {
    const api = wireApi(world.table)
    const must = async (...call: Parameters<typeof api.call>) => {
      const { status, body, text } = await api.call(...call)
      assert.ok(status < 300, text)
      return Body.parse(body)
    }
    await api.listedDock('BEHIND1')
    const params = { dockSn: 'BEHIND1' }
    const start = { params, body: { selections: [{ module: 'dock', bootIndexes: [1] }] } }
    const { id = '' } = await must('startUpload', start)
    assert.equal((await api.call('startUpload', start)).status, 409)
    assert.equal((await must('getDock', { params })).activeUpload?.id, id)
    await api.hot.record('BEHIND1', id, registersOf(answered(seconds(1)), uploading(seconds(9), 'dock', 40)))
    api.clock.now += 10_000
    await must('cancelUpload', { params: { ...params, id }, body: {} })
    const { history } = await must('getUpload', { params: { ...params, id } })
    assert.deepEqual(
      history?.map(({ action }) => action),
      ['start', 'cancel'],
    )
    // What is said of the upload itself counts, also where nobody came to free the dock.
    await thaw()
    thaw = await (await world.database).freezeReaders()
    const dying = hotUploads(failOnce(world.table, /REMOVE activeUpload/), () => api.clock.now)
    await assert.rejects(dying.record('BEHIND1', id, registersOf(jobEnded(seconds(20), 'canceled'))))
    assert.equal((await must('getDock', { params })).activeUpload, undefined)
  })

  it('a rejected message is of the fleet that its dock is in now', async () => {
    const api = wireApi(world.table)
    await api.docks.register('BEHIND2', { fleet: 'north' }, 'all', opened)
    await thaw()
    thaw = await (await world.database).freezeReaders()
    await api.docks.register('BEHIND2', { fleet: 'south' }, 'all', opened)
    await api.rejected.add('BEHIND2', [{ reason: 'notJson', path: '', sample: '{', at: opened, times: 1 }])
    await thaw()
    assert.equal((await api.rejected.list('BEHIND2', ['south'], {})).items.length, 1)
    assert.equal((await api.rejected.list('BEHIND2', ['north'], {})).items.length, 0)
  })

  it('an attempt that has just been followed by another is still known', async () => {
    const { device, call } = wireUpgrades(world.table)
    const pump = device()
    await pump.register()
    const { id } = await pump.open('v1')
    await pump.say(10, progress(40, 'v0'))
    const next = await pump.open('v2', { replace: true })
    const { deviceId } = pump
    const { body } = await call('listUpgradeAttempts', { params: { deviceId } })
    assert.deepEqual(
      Body.parse(body).items?.map((attempt) => attempt.id),
      [next.id, id],
    )
    assert.equal((await call('listUpgradeReports', { params: { deviceId, id } })).status, 200)
  })
})

describe('while replicas are stale', () => {
  it('a campaign still lists a device that has just gone on to something else', async () => {
    const world = openTable()
    const { put, add, devices } = wireCampaigns(world.table)
    const [deviceId = ''] = someIds(1, 'gone-on')
    await put('spring', {})
    await add('spring', [deviceId])
    await (await world.database).freezeReaders()
    await wireUpgrades(world.table).device(deviceId).open('v9', { replace: true })
    assert.deepEqual((await devices('spring')).items, [`${deviceId} closed`])
  })
})

describe('while indexes are stale', () => {
  it('a record that has left a fleet is in no list of it', async () => {
    const world = openTable()
    const { docks } = wireApi(world.table)
    const { device, call } = wireUpgrades(world.table)
    const pump = device()
    await docks.register('MOVES1', { fleet: 'north' }, 'all', opened)
    await pump.register({ fleet: 'north' })
    await (await world.database).freezeReaders('indexes')
    await docks.register('MOVES1', { fleet: 'south' }, 'all', opened)
    await pump.register({ fleet: 'south' })
    assert.deepEqual((await docks.list(['north'], {})).items, [])
    const asNorth = { sub: 'north', scope: 'groundcrew/read@north' }
    const { body } = await call('listUpgrades', { query: {}, claims: asNorth })
    assert.deepEqual(Body.parse(body).items, [])
  })
})
