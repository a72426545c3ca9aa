import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { putPackage } from '../../../lambdas/packages/put.ts'
import { packageStore } from '../../../lambdas/packages/store.ts'
import { usersOf } from '../../../lambdas/packages/users.ts'
import { openTable } from '../../support/table.ts'

const now = Date.UTC(2027, 0, 15)
const day = 86_400_000
const who = { fleets: 'all', by: 'alice', now } as const

describe('a package in the table', () => {
  const world = openTable()
  const packages = packageStore(world.table)

  const make = async (id: string, settings: { fleet?: string } = {}) => {
    const given = { name: 'A', version: '2.0', package: 'firmware', machines: 'devices' } as const
    const known = await putPackage(world.table, id, { ...given, ...settings }, who)
    assert.ok(typeof known === 'object')
    return known
  }
  const file = {
    name: 'a.bin',
    size: 1,
    sha256: '00',
    md5: '00',
    key: 'k',
    etag: 'e',
    state: 'arrived',
  } as const
  const prove = async (id: string) => {
    const known = await packages.setFile(await make(id), file, now)
    assert.ok(known)
    const proved = await packages.settleFile(id, { ...file, state: 'proved', provedAt: now }, 'arrived')
    assert.ok(proved)
    return proved
  }

  it('is given out only if allowed, and says why not', async () => {
    const user = { campaignId: 'c' }
    assert.equal(await packages.use('none', user, now, now + day), 'unknown')
    await make('no-file')
    assert.equal(await packages.use('no-file', user, now, now + day), 'notProved')
    const proved = await prove('proved')
    assert.equal(await packages.use('proved', user, now, now + day), 'used')
    assert.equal(await packages.use('proved', user, now, now + day), 'used')
    const known = await packages.get('proved')
    assert.ok(known && known.rev > proved.rev)
    assert.ok(await packages.markDeleted(known, { at: now, by: 'bob' }))
    assert.equal(await packages.use('proved', user, now, now + day), 'deleted')
  })

  it('is made and replaced by callers of its fleet', async () => {
    const given = { version: '2.0', package: 'firmware', machines: 'devices', fleet: 'north' } as const
    const put = (name: string, fleets: string[]) =>
      putPackage(world.table, 'own', { ...given, name }, { ...who, fleets })
    assert.ok(typeof (await put('A', ['north'])) === 'object')
    assert.equal(await put('B', ['south']), 'notYours')
    assert.ok(typeof (await put('C', ['south', 'north'])) === 'object')
    assert.equal((await packages.get('own'))?.name, 'C')
  })

  it('lists its users until they cannot need it any more', async () => {
    await prove('used')
    await packages.use('used', { campaignId: 'c' }, now, now + day)
    await packages.use('used', { deviceId: 'd', attemptId: 'a' }, now, now + 2 * day)
    assert.deepEqual(await usersOf(world.table, 'used', now), [
      { deviceId: 'd', attemptId: 'a' },
      { campaignId: 'c' },
    ])
    const isDevice = async (user: object) => !('campaignId' in user)
    assert.deepEqual(await usersOf(world.table, 'used', now, isDevice), [{ deviceId: 'd', attemptId: 'a' }])
    assert.deepEqual(await usersOf(world.table, 'used', now + day), [{ deviceId: 'd', attemptId: 'a' }])
  })

  it('is not deleted by a request that has not seen its newest use', async () => {
    const read = await prove('race')
    await packages.use('race', { campaignId: 'c' }, now, now + day)
    assert.equal(await packages.markDeleted(read, { at: now, by: 'bob' }), undefined)
    assert.equal((await packages.get('race'))?.deleted, undefined)
  })

  it('records findings only about its current file, in the state that was read', async () => {
    await prove('settled')
    assert.equal(
      await packages.settleFile('settled', { ...file, state: 'refused', fault: 'md5' }, 'arrived'),
      undefined,
    )
    const other = { ...file, key: 'other', state: 'refused', fault: 'md5' } as const
    assert.equal(await packages.settleFile('settled', other, 'proved'), undefined)
    assert.equal((await packages.get('settled'))?.file?.state, 'proved')
  })

  it('is checked by one of two runs, and only by the one that claimed it last', async () => {
    const known = await packages.setFile(await make('claimed'), file, now)
    assert.equal(known?.checkAt, now)
    const claims = await Promise.all(
      [now + 1, now + 2].map((to) => packages.putOff('claimed', { from: now, to })),
    )
    assert.deepEqual(claims.toSorted(), [false, true])
    const [lost, held] = claims[0] ? [now + 2, now + 1] : [now + 1, now + 2]
    const refused = { ...file, state: 'refused', fault: 'md5' } as const
    assert.equal(await packages.settleFile('claimed', refused, 'arrived', lost), undefined)
    assert.ok(await packages.settleFile('claimed', { ...file, state: 'proved' }, 'arrived', held))
    assert.equal((await packages.get('claimed'))?.file?.state, 'proved')
  })

  it('stays as it is once it is deleted', async () => {
    const known = await packages.setFile(await make('deleted'), file, now)
    assert.ok(known)
    const gone = await packages.markDeleted(known, { at: now, by: 'bob' })
    assert.ok(gone)
    const given = { name: 'B', version: '3.0', package: 'firmware', machines: 'devices' } as const
    assert.equal(await putPackage(world.table, 'deleted', given, who), 'deleted')
    assert.equal(await packages.setFile(gone, file, now), undefined)
    assert.equal(await packages.settleFile('deleted', { ...file, state: 'proved' }, 'arrived'), undefined)
    assert.equal(await packages.markDeleted(gone, { at: now + 1, by: 'ann' }), undefined)
    assert.deepEqual(await packages.get('deleted'), gone)
  })

  it('is listed for those who may use it, newest first, until it is deleted', async () => {
    await make('l-north', { fleet: 'north' })
    await make('l-south', { fleet: 'south' })
    const gone = await make('l-gone', { fleet: 'north' })
    await packages.markDeleted(gone, { at: now, by: 'bob' })
    const names = async (fleets: 'all' | string[], fleet?: string) =>
      (await packages.list(fleets, { fleet })).items.map(({ id }) => id).filter((id) => id.startsWith('l-'))
    await make('l-all')
    assert.deepEqual(await names('all'), ['l-south', 'l-north', 'l-all'])
    assert.deepEqual(await names(['north']), ['l-north', 'l-all'])
    assert.deepEqual(await names(['north', 'south'], 'south'), ['l-south'])
    assert.deepEqual(await names(['north'], 'south'), [])
  })
})
