import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { verifyArchives } from '../../../../lambdas/logs/archives/verify.ts'
import { sweepUploads } from '../../../../lambdas/logs/sweep.ts'
import { dueItems } from '../../../../lambdas/sweeps/due-items.ts'
import { dueKinds } from '../../../../lambdas/table/keys.ts'
import { batchOf, objectCreated } from '../../../support/dock-messages.ts'
import { openSeries } from '../../../support/tries.ts'
import { answered, ended, minutes, opened, seconds } from '../../../support/upload-facts.ts'

/** An object that a KMS key encrypts has an ETag of 32 hexadecimal digits which is not its MD5. */
describe('an archive whose ETag looks like another MD5', () => {
  const etag = 'e'.repeat(32)

  /** An upload whose dock says that its archive has 400 bytes and another MD5, and who looks into storage. */
  const uploaded = async () => {
    const one = await openSeries({ selections: [{ module: 'dock', bootIndexes: [1] }] })
    const said = { sizeBytes: 400, fingerprint: 'f'.repeat(32) }
    await one.tell(one.first, answered(seconds(1)), ended(minutes(1), 'dock', 'uploaded', said))
    const key = (await one.view(one.first)).archives[0]?.objectKey ?? ''
    one.api.storage.set(key, { size: 400, etag })
    one.at(minutes(10))
    const verification = async () => (await one.view(one.first)).archives[0]?.verification
    return { ...one, key, verification }
  }

  for (const [etagIsMd5, expected] of [
    [true, 'checksumDiffers'],
    [false, 'verified'],
  ] as const) {
    const what = etagIsMd5
      ? 'is another archive, where ETags are'
      : 'is proved by its size, where ETags are not'

    it(`${what}, by an event`, async () => {
      const { api, key, verification } = await uploaded()
      const event = objectCreated({ key, size: 400, etag, sequencer: '0A', at: opened + minutes(1) })
      assert.deepEqual(await verifyArchives(api, etagIsMd5)(batchOf(event)), [])
      assert.equal(await verification(), expected)
    })

    it(`${what}, by a look into storage`, async () => {
      const { api, verification, table } = await uploaded()
      const due = dueItems(table, dueKinds.upload)
      await sweepUploads({ ...api, due, get: api.uploads.get, etagIsMd5 })()
      assert.equal(await verification(), expected)
    })
  }
})
