import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { type CampaignSettings, type Maker, putCampaign } from '../../../lambdas/campaigns/put.ts'
import { writeProgress } from '../../../lambdas/campaigns/rollout/history.ts'
import { offerGuard } from '../../../lambdas/campaigns/rollout/offering.ts'
import { draft } from '../../../lambdas/campaigns/rollout/rollout.ts'
import { rolloutRows } from '../../../lambdas/campaigns/rollout/rows.ts'
import { type Campaign, campaignStore } from '../../../lambdas/campaigns/store.ts'
import { campaignKey } from '../../../lambdas/table/keys.ts'
import { openTable } from '../../support/table.ts'

const id = 'spring'
const aborted = { at: 5, by: 'ann', reason: 'operator' as const }
const deleted = { at: 6, by: 'ann' }
const settings: CampaignSettings = {
  name: 'Spring',
  package: 'firmware',
  target: '2.0',
  timeoutSeconds: 3600,
  proveSeconds: 900,
}
const driving = { packageId: 'p', phases: [], pace: { perMinute: 2 } }

/** Each write is based on a campaign as it was read; here it has changed since. */
describe('a campaign that has changed since it was read', () => {
  const make = async (more: Partial<CampaignSettings> = {}) => {
    const { table } = openTable()
    const campaigns = campaignStore(table)
    const put = (given: Partial<CampaignSettings>, found: Maker['found']) => {
      const who = { fleets: 'all' as const, by: 'ann', callerId: 'ann', changers: [], now: 1, found }
      return campaigns.put(id, { ...settings, ...given }, who)
    }
    await put(more, 'none')
    const read = async (): Promise<Campaign> => (await campaigns.get(id)) ?? assert.fail()
    return { ...campaigns, table, put, read, known: await read() }
  }

  it('by its deletion: is not changed, aborted, filled or deleted again', async () => {
    const { put, rename, abort, beginAdding, markDeleted, known, read } = await make()
    assert.equal(await markDeleted(known, deleted), true)
    assert.equal(await put({ name: 'Summer' }, { settingsRev: known.settingsRev }), 'deleted')
    assert.equal(await rename(known, 'Summer'), undefined)
    assert.equal(await abort(known, aborted), false)
    assert.equal(await beginAdding(known, 9), false)
    assert.equal(await markDeleted(known, { at: 9, by: 'ben' }), false)
    const { name, deleted: first, addedAt } = await read()
    assert.deepEqual([name, first, addedAt], ['Spring', deleted, undefined])
  })

  it('by another package or target: gets no devices for the one before', async () => {
    for (const other of [{ package: 'software' as const }, { target: '3.0' }]) {
      const { put, beginAdding, known, read } = await make()
      await put(other, { settingsRev: known.settingsRev })
      assert.equal(await beginAdding(known, 9), false)
      assert.equal((await read()).addedAt, undefined)
    }
  })

  it('by its first devices: is not deleted, and does not drive', async () => {
    const { beginAdding, markDeleted, put, known, read } = await make()
    assert.equal(await beginAdding(known, 7), true)
    assert.equal(await markDeleted(known, deleted), false)
    assert.equal(await put({ driving }, { settingsRev: known.settingsRev }), 'fixed')
    assert.equal((await read()).rollout, undefined)
  })

  it('by more devices: is not deleted, and stays due', async () => {
    for (const before of [[], [7]]) {
      const { beginAdding, markDeleted, markNotDue, known, read } = await make()
      for (const at of before) await beginAdding(known, at)
      const stale = await read()
      await beginAdding(known, 8)
      assert.equal(await markDeleted(stale, deleted), false)
      assert.equal(await markNotDue(stale, 9), false)
      assert.ok((await read()).dueKind)
    }
  })

  it('by driving, or a step of that: is not deleted, and watches no more', async () => {
    const { table, put, markDeleted, known, read } = await make()
    await put({ driving }, { settingsRev: known.settingsRev })
    assert.equal(await markDeleted(known, deleted), false)
    const drives = await read()
    assert.equal(await put({}, { settingsRev: drives.settingsRev }), 'fixed')
    assert.equal(await writeProgress(table, id, draft, 8), true)
    assert.equal(await markDeleted(drives, deleted), false)
    assert.equal((await read()).rollout?.rev, 1)
  })

  it('by an abort, or new settings: stays due, and is not deleted as one that is not due', async () => {
    const { abort, put, markDeleted, markNotDue, known, read } = await make()
    assert.equal(await markNotDue(known, 7), true)
    const notDue = await read()
    await put({}, { settingsRev: known.settingsRev })
    assert.equal(await markDeleted(notDue, deleted), false)
    await abort(known, aborted)
    assert.equal(await markNotDue(known, 9), false)
    assert.ok((await read()).dueKind)
  })

  it('by other settings: keeps these, also if it was made before changes were counted', async () => {
    const { table, put, read } = await make()
    const UpdateExpression = 'REMOVE settingsRev'
    await table.client.send(
      new UpdateCommand({ TableName: table.name, Key: campaignKey(id), UpdateExpression }),
    )
    await put({ name: 'Summer' }, {})
    assert.equal(await put({ name: 'Autumn' }, {}), 'overtaken')
    assert.equal((await read()).name, 'Summer')
  })

  it('by its expiry: is not brought back by the sweep', async () => {
    const { lease, keepSummary, get } = campaignStore(openTable().table)
    assert.equal(await lease('gone', 1, 2), false)
    const summary = {
      states: {},
      evidence: { proving: 0, matched: 0, confirmed: 0 },
      versions: [],
      otherVersions: 0,
      failures: [],
    }
    assert.equal(await keepSummary('gone', summary, 2), false)
    assert.equal(await get('gone'), undefined)
  })

  it('by the lease of another run: keeps that lease when the run before ends its own', async () => {
    const { lease, endLease } = await make()
    assert.equal(await lease(id, 1, 100), true)
    assert.equal(await lease(id, 100, 200), true)
    assert.equal(await endLease(id, 100), false)
    assert.equal(await lease(id, 199, 300), false)
  })
})

describe('a driving campaign', () => {
  const turn = { deviceId: 'd1', attemptId: 'a1', phase: 0, tries: 1, openedAt: 1 }

  it('makes no more offers in a minute than its pace allows, whoever asks', async () => {
    const { table } = openTable()
    const who = { fleets: 'all' as const, by: 'ann', callerId: 'ann', changers: [], now: 1 }
    await putCampaign(table, id, { ...settings, driving }, { ...who, found: 'none' })
    await writeProgress(table, id, { ...draft, state: 'running' }, 1)
    const devices = ['d1', 'd2', 'd3', 'd4', 'd5']
    const turns = rolloutRows(table, id)
    for (const deviceId of devices) await turns.open({ ...turn, deviceId }, 1)
    const offersAt = (now: number) =>
      Promise.all(devices.map((deviceId) => offerGuard(table)({ campaignId: id, deviceId }, now)))
    const pace = ['paceUsedUp', 'paceUsedUp', 'paceUsedUp', 'yes', 'yes']
    assert.deepEqual((await offersAt(59_999)).sort(), pace)
    assert.deepEqual((await offersAt(60_000)).sort(), pace)
  })

  it('keeps the turn that a device has', async () => {
    const { open, opened } = rolloutRows(openTable().table, id)
    assert.equal(await open(turn, 1), true)
    assert.equal(await open({ ...turn, tries: 2, openedAt: 2 }, 2), false)
    assert.deepEqual(await opened(), [turn])
  })
})
