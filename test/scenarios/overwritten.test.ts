import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { Download } from '../../lambdas/logs/shapes.ts'
import { dockByHand, lentBy } from '../support/dock-by-hand.ts'
import { dockLogs } from '../support/operator.ts'
import { s3AsDock } from '../support/s3-as-dock.ts'
import { shareBackend } from '../support/story.ts'

const shared = shareBackend()

/** Larger than the least part, so that it comes in several. */
const inPartsBytes = 6 * 1024 * 1024
const bodyOf = (letter: string, size: number) => Buffer.alloc(size, letter)
const md5 = (body: Buffer) => createHash('md5').update(body).digest('hex')

type Way = (client: S3Client, at: { Bucket: string; Key: string }, body: Buffer) => Promise<unknown>
const single: Way = (client, at, Body) => client.send(new PutObjectCommand({ ...at, Body }))
const parts: Way = (client, at, Body) => new Upload({ client, params: { ...at, Body } }).done()

type Case = { way: Way; forging: Way; more: number; hasMd5: boolean; isEarly: boolean }

/** Half of all combinations: with the sum of the others deciding the last, any four of them come in every one. */
const cases: Case[] = [single, parts].flatMap((way, w) =>
  [single, parts].flatMap((forging, f) =>
    [0, 1].flatMap((more) =>
      [0, 1].map((md5) => ({
        way,
        forging,
        more,
        hasMd5: md5 === 1,
        isEarly: (w + f + more + md5) % 2 === 0,
      })),
    ),
  ),
)

const nameOf = ({ way, forging, more, hasMd5, isEarly }: Case): string =>
  [
    `${way === single ? 'put at once' : 'put in parts'}${hasMd5 ? ' with an MD5' : ''}`,
    `overwritten ${forging === single ? 'at once' : 'in parts'} with ${more === 0 ? 'the same' : 'another'} size`,
    `${isEarly ? 'before' : 'after'} it was verified`,
  ].join(', ')

test('an archive that is overwritten with what was lent for it', async (t) => {
  const backend = await shared(t)
  for (const one of cases)
    await t.test(nameOf(one), async (t) => {
      const { way, forging, more, hasMd5, isEarly } = one
      const size = way === single && forging === single ? 1000 : inPartsBytes
      const dock = await dockByHand(t, backend)
      const { upload, command } = await dock.startUpload(dockLogs, { retries: 3 })
      const lent = lentBy(command)
      const client = s3AsDock(t, lent)
      const at = { Bucket: lent.bucket, Key: lent.keys[0] ?? '' }
      const [good, forged] = [bodyOf('g', size), bodyOf('f', size + more)]
      // Where nothing but the size is known, the earliest of that size is the dock's.
      const isToldApart = more !== 0 || (hasMd5 && way === single && forging === single)
      if (isToldApart) await forging(client, at, forged)
      await way(client, at, good)
      if (isEarly) await forging(client, at, forged)
      await dock.answer(command, { result: 0 })
      const told = hasMd5 ? { size, md5: md5(good) } : { size }
      await dock.report(command, { status: 'ok', percent: 100, step: 3, ...told })
      await dock.uploadUntil(upload.id, 'verified')
      const path = `${dock.path}/log-uploads/${upload.id}/archives/dock`
      const overwritingSeen = () =>
        dock.uploadUntil(
          upload.id,
          // Record and history are read side by side, so either may know first.
          ({ archives: [archive], history: done = [] }) =>
            archive?.overwrittenAt !== undefined && done.some(isOverwriting),
        )
      // Until the event of the earliest object has come, a later one of the same size counts.
      if (isEarly) await overwritingSeen()
      const { url } = Download.parse(await backend.must('GET', `${path}/download`))
      if (!isEarly) await forging(client, at, forged)
      const { state, archives, history, nextTry } = await overwritingSeen()
      assert.deepEqual([state, archives[0]?.verification], ['verified', 'verified'])
      const fresh = Download.parse(await backend.must('GET', `${path}/download`))
      for (const link of [url, fresh.url])
        assert.equal(md5(Buffer.from(await (await fetch(link)).bytes())), md5(good))
      const overwritten = history?.filter(isOverwriting)
      assert.deepEqual(
        overwritten?.map(({ by, action }) => `${by} ${action}`),
        ['storage overwritten dock'],
      )
      assert.deepEqual([nextTry, (await dock.uploads()).length], [undefined, 1])
      await assert.rejects(client.send(new GetObjectCommand({ ...at, VersionId: versionIn(url) })), denied)
      await assert.rejects(client.send(new DeleteObjectCommand({ ...at, VersionId: versionIn(url) })), denied)
      await backend.must('DELETE', path)
      for (const link of [url, fresh.url]) assert.equal((await fetch(link)).status, 404)
    })
})

const isOverwriting = ({ action }: { action: string }): boolean => action.startsWith('overwritten')
const denied = { name: 'AccessDenied' }
const versionIn = (url: string): string => new URL(url).searchParams.get('versionId') ?? ''
