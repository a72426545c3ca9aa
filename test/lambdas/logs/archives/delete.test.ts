import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { objectFact } from '../../../../lambdas/logs/facts.ts'
import type { Registers } from '../../../../lambdas/logs/registers.ts'
import { versionKey } from '../../../support/api.ts'
import { arrivedAt, failedAt, openSeries } from '../../../support/tries.ts'
import { absent, answered, ended, minutes, opened, seconds, stored } from '../../../support/upload-facts.ts'

describe('deleting an archive', () => {
  const okBoth = (at: number): Registers[] => [
    answered(seconds(1)),
    ended(at, 'aircraft', 'uploaded'),
    ended(at, 'dock', 'uploaded'),
  ]

  /** An upload of which this is known, whose objects are in storage. */
  const ending = async (facts: readonly Registers[] = [arrivedAt(minutes(2), 'aircraft', 'dock')]) => {
    const one = await openSeries()
    await one.tell(one.first, ...facts)
    one.at(minutes(3))
    const { archives } = await one.view(one.first)
    for (const { objectKey } of archives) one.api.storage.set(objectKey, { size: 400, etag: 'multipart-2' })
    const remove = (module = 'dock', more = {}) =>
      one.api.call('deleteArchive', { params: { dockSn: one.dockSn, id: one.first, module }, ...more })
    const download = () =>
      one.api.call('downloadArchive', { params: { dockSn: one.dockSn, id: one.first, module: 'dock' } })
    const dock = async () => (await one.view(one.first)).archives.find(({ module }) => module === 'dock')
    return { ...one, remove, download, dock, keys: () => [...one.api.storage.keys()] }
  }

  it('removes the version that counts permanently, and hides later ones', async () => {
    const one = await ending([])
    const object = (version: string, sequencer: string, at = 9) =>
      objectFact('dock', { size: 400, etag: 'x-2', version, sequencer, at: opened + at })
    const facts = [okBoth(minutes(2)), [object('v1', '0A'), object('v2', '0B')]].flat()
    await one.tell(one.first, ...facts)
    const key = one.keys().find((name) => name.endsWith('dock.tar')) ?? ''
    for (const version of ['v1', 'v2'])
      one.api.storage.set(versionKey(key, version), { size: 400, etag: 'x-2', version })
    assert.equal((await one.remove()).status, 204)
    assert.deepEqual(
      one.keys().filter((name) => name.startsWith(key)),
      [versionKey(key, 'v2')],
    )
    const { verification, overwrittenAt, deletedBy } = (await one.dock()) ?? {}
    assert.deepEqual([verification, overwrittenAt !== undefined, deletedBy], ['verified', true, 'machine-1'])
    await one.tell(one.first, object('v3', '0C', minutes(4)))
    assert.equal((await one.dock())?.overwrittenAt, overwrittenAt)
  })

  it('removes the object, and the record says who and when', async () => {
    const { remove, dock, keys, first, history, view } = await ending()
    const answer = await remove()
    assert.deepEqual([answer.status, answer.text], [204, ''])
    assert.deepEqual(
      keys().map((key) => key.split('/').at(-1)),
      ['aircraft.tar'],
    )
    const { state, verification, deletedAt, deletedBy, sizeBytes } = (await dock()) ?? {}
    assert.deepEqual(
      [state, verification, deletedAt, deletedBy, sizeBytes],
      ['verified', 'verified', '2027-01-15T08:03:00.000Z', 'machine-1', 400],
    )
    assert.equal((await view(first)).state, 'verified')
    assert.equal((await history(first)).at(-1), 'machine-1 delete dock')
  })

  it('leaves nothing to download', async () => {
    const { remove, download } = await ending()
    assert.equal((await download()).status, 200)
    await remove()
    const { status, problem } = await download()
    assert.deepEqual([status, problem.name], [410, 'archive-expired'])
    assert.match(problem.detail ?? '', /machine-1/)
  })

  it('may be repeated: it removes what has come since, and the first deletion counts', async () => {
    const { api, at, remove, dock, keys, download, history, first } = await ending()
    const [key = ''] = keys().filter((name) => name.endsWith('dock.tar'))
    await remove()
    api.storage.set(key, { size: 1, etag: 'again' })
    at(minutes(9))
    assert.equal((await download()).status, 410, 'what has come since is not for download')
    assert.equal((await remove()).status, 204)
    assert.ok(!keys().includes(key))
    assert.equal((await dock())?.deletedAt, '2027-01-15T08:03:00.000Z')
    assert.deepEqual(
      (await history(first)).filter((entry) => entry.includes('delete')),
      ['machine-1 delete dock'],
    )
  })

  it('is a 409 while the upload is open', async () => {
    const { remove, keys } = await ending([answered(seconds(1)), ended(minutes(1), 'dock', 'uploaded')])
    const answer = await remove()
    assert.deepEqual([answer.status, answer.problem.name, keys().length], [409, 'upload-open', 2])
  })

  it('changes the record only after the object is gone', async () => {
    const { api, remove, dock, keys } = await ending()
    api.broken.add('storage')
    assert.equal((await remove()).status, 500)
    api.broken.clear()
    assert.deepEqual([(await dock())?.deletedAt, keys().length], [undefined, 2])
  })

  it('never lets the archive become missing, and the sweep look for it no more', async () => {
    const { api, at, remove, dock, dockSn, first, view } = await ending(okBoth(minutes(2)))
    await remove()
    await remove('aircraft')
    at(minutes(30))
    api.broken.add('storage')
    await api.sweep()
    assert.deepEqual([(await dock())?.state, (await view(first)).state], ['uploaded', 'uploaded'])
    assert.equal((await api.uploads.get(dockSn, first))?.hot.indexed.checkAt, undefined)
  })

  it('leaves the proof of the other archive to the sweep, which looks for that one alone', async () => {
    const { api, at, remove, dock, dockSn, first, view } = await ending(okBoth(minutes(2)))
    await remove()
    at(minutes(30))
    await api.sweep()
    assert.deepEqual(
      [(await dock())?.state, (await view(first)).archives[0]?.state],
      ['uploaded', 'verified'],
    )
    assert.equal((await api.uploads.get(dockSn, first))?.hot.registers.dockAbsent, undefined)
  })

  it('is not undone by anything that storage says afterwards, in whatever order', async () => {
    const later = [
      absent(minutes(8), 'dock'),
      stored(minutes(9), 'dock', { size: 1, etag: 'a'.repeat(32) }),
      stored(minutes(1), 'dock'),
    ]
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(later), async (facts) => {
        const { tell, first, remove, dock } = await ending()
        await remove()
        for (const fact of facts) await tell(first, fact)
        const { state, verification, sizeBytes } = (await dock()) ?? {}
        assert.deepEqual([state, verification, sizeBytes], ['verified', 'verified', 400])
      }),
      { numRuns: 12 },
    )
  })

  it('of an upload that its dock never answered does not open it again', async () => {
    const { tell, first, remove, view, dock } = await ending([])
    await remove()
    await tell(first, stored(minutes(4), 'dock'))
    assert.deepEqual([(await view(first)).state, (await dock())?.state], ['timedOut', 'timedOut'])
  })

  it('still records later reports of the dock', async () => {
    const { tell, first, remove, dock } = await ending([])
    await remove()
    await tell(first, ended(minutes(4), 'dock', 'uploaded'))
    assert.deepEqual([(await dock())?.state, (await dock())?.deletedBy], ['uploaded', 'machine-1'])
  })

  it('leaves nothing of it to retry', async () => {
    const { tell, first, remove, retry } = await ending([])
    await tell(first, arrivedAt(minutes(2), 'aircraft'), failedAt(minutes(2), 324019, 'dock'))
    await remove()
    assert.equal((await retry(first)).problem.name, 'nothing-to-retry')
  })

  it('needs an administrator of the fleet, and an archive', async () => {
    const { remove, keys, api, dockSn, first } = await ending()
    const operator = { claims: { sub: 'x', scope: 'groundcrew/operate groundcrew/download' } }
    assert.equal((await remove('dock', operator)).problem.name, 'not-permitted')
    const south = { claims: { sub: 'x', scope: 'groundcrew/admin@south' } }
    assert.equal((await remove('dock', south)).problem.name, 'unknown-dock')
    const params = { dockSn, id: first.replace(/.$/, (last) => (last === '0' ? '1' : '0')), module: 'dock' }
    assert.equal((await api.call('deleteArchive', { params })).problem.name, 'not-found')
    assert.equal(keys().length, 2)
  })
})
