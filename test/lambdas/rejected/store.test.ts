import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { dockStore } from '../../../lambdas/registry/store.ts'
import { rejectedStore } from '../../../lambdas/rejected/store.ts'
import { openTable } from '../../support/table.ts'
import { opened } from '../../support/upload-facts.ts'

describe('rejected messages', () => {
  const world = openTable()
  before(async () => {
    await dockStore(world.table).register('DOCK1', { fleet: 'north' }, 'all', opened)
  })

  const store = () => rejectedStore(world.table)
  const add = (source: string, reason: string, at = opened, sample = 'sample') =>
    store().add(source, [{ reason, path: 'data', sample, at, times: 1 }])
  const list = async (source?: string, fleets: 'all' | string[] = 'all') =>
    (await store().list(source, fleets, { limit: 200 })).items

  it('are a row per reason, with a count, the first and last time, and the last sample', async () => {
    await add('DOCK1', 'notJson', opened, 'one')
    await add('DOCK1', 'notJson', opened + 5, 'two')
    await add('DOCK1', 'noData', opened)
    assert.deepEqual(
      (await list('DOCK1')).map(({ reason, count, firstAt, lastAt, sample }) => [
        reason,
        count,
        firstAt,
        lastAt,
        sample,
      ]),
      [
        ['noData', 1, opened, opened, 'sample'],
        ['notJson', 2, opened, opened + 5, 'two'],
      ],
    )
  })

  it('have at most 20 reasons a source, and one row that counts the rest', async () => {
    for (let n = 0; n < 25; n++) await add('BABBLER', `reason${n}`)
    await add('BABBLER', 'reason3')
    const rows = await list('BABBLER')
    assert.equal(rows.length, 21)
    assert.equal(rows.find(({ reason }) => reason === 'otherReasons')?.count, 5)
    assert.equal(rows.find(({ reason }) => reason === 'reason3')?.count, 2)
  })

  it('are limited to one source on request', async () => {
    await add('DOCK10', 'notJson')
    assert.equal((await list('DOCK1')).length, 2)
  })

  it('are seen by the dock’s fleet, and those of unregistered sources by callers for all fleets', async () => {
    await add('STRANGER', 'notJson')
    assert.deepEqual(
      new Set((await list(undefined, ['north'])).map(({ source }) => source)),
      new Set(['DOCK1']),
    )
    assert.equal((await list('STRANGER')).length, 1)
  })

  for (const source of ['', '!odd'])
    it(`are listed whatever the source is called: "${source}"`, async () => {
      await add(source, 'notJson')
      assert.ok((await list()).some((row) => row.source === source))
    })
})
