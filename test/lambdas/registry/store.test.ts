import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { dockStore, keepHeard } from '../../../lambdas/registry/store.ts'
import { wireBackend } from '../../support/backend.ts'
import { openTable } from '../../support/table.ts'
import { opened } from '../../support/upload-facts.ts'

describe('a dock', () => {
  const world = openTable()
  const docks = () => dockStore(world.table)

  it('is registered with its settings, and again with others', async () => {
    await docks().register('A1', { name: 'Roof', aircraftSn: '1581F', fleet: 'north' }, 'all', opened)
    const again = await docks().register('A1', { name: 'Roof 2', fleet: 'south' }, 'all', opened + 9)
    assert.deepEqual(again, { dockSn: 'A1', fleet: 'south', name: 'Roof 2', createdAt: opened })
    assert.deepEqual(await docks().find('A1', 'all'), again)
    const { items } = await docks().list(['south'], {})
    assert.deepEqual(items, [again])
    assert.deepEqual((await docks().list(['north'], {})).items, [])
  })

  it('keeps its slot when it is registered again', async () => {
    const { id } = await wireBackend(world.table).open('A2')
    const again = await docks().register('A2', { fleet: 'north' }, 'all', opened)
    assert.equal(again?.activeUpload, id)
  })

  it('is not taken from a fleet that the caller may not change', async () => {
    await docks().register('A3', { fleet: 'north' }, 'all', opened)
    assert.equal(await docks().register('A3', { fleet: 'south' }, ['south', 'east'], opened), undefined)
    assert.equal(await docks().register('A3', { fleet: 'south' }, ['south', 'north'], opened), undefined)
    assert.equal((await docks().find('A3', 'all'))?.fleet, 'north')
    assert.equal(await docks().register('A4', { fleet: 'south' }, ['south'], opened), undefined, 'nobody’s')
    assert.equal(await docks().find('A4', 'all'), undefined)
  })

  it('is changed by those who may change its fleet, and stays there', async () => {
    await docks().register('A9', { fleet: 'north' }, 'all', opened)
    for (const fleet of [undefined, 'north']) {
      const again = await docks().register('A9', { name: 'Roof', fleet }, ['south', 'north'], opened + 9)
      assert.deepEqual(again, { dockSn: 'A9', fleet: 'north', name: 'Roof', createdAt: opened })
    }
  })

  it('is not found by those who may not see its fleet', async () => {
    await docks().register('A5', { fleet: 'north' }, 'all', opened)
    assert.equal(await docks().find('A5', ['south']), undefined)
    assert.equal(await docks().find('A5', []), undefined)
    assert.equal((await docks().find('A5', ['south', 'north']))?.dockSn, 'A5')
    assert.equal(await docks().find('A6', 'all'), undefined)
  })

  it('shows the newest export of another platform, in whatever order the sightings come', async () => {
    for (const [objectKey, seenAt] of [
      ['second', 2],
      ['first', 1],
      ['second again', 2],
    ] as const)
      await docks().sawForeignExport('A7', { objectKey, seenAt })
    const seen = (await docks().signs(['A7', 'A1'])).map(({ foreign }) => foreign)
    assert.deepEqual(seen, [{ objectKey: 'second', seenAt: 2 }, undefined])
    for (const ended of [true, false])
      await docks().sawForeignExport('A7', { objectKey: 'end', seenAt: 2, ended })
    assert.deepEqual((await docks().signs(['A7']))[0]?.foreign, { objectKey: 'end', seenAt: 2, ended: true })
  })

  it('shows when its newest listing came, in whatever order listings are recorded', async () => {
    for (const at of [2, 3, 1]) await keepHeard(world.table, 'A10', at)
    assert.deepEqual((await docks().signs(['A10']))[0]?.listedAt, 3)
  })

  it('shows a foreign key cut to a length, and never half a character of it', async () => {
    await docks().sawForeignExport('A8', { objectKey: `${'k'.repeat(499)}\u{1f681}rest`, seenAt: 1 })
    const key = (await docks().signs(['A8']))[0]?.foreign?.objectKey
    assert.equal(key?.length, 500)
    assert.ok(key?.isWellFormed())
  })
})
