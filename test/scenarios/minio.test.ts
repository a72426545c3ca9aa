import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  ListPartsCommand,
} from '@aws-sdk/client-s3'
import { Download } from '../../lambdas/logs/shapes.ts'
import { createClock } from '../../local/clock.ts'
import { dockByHand, lentBy } from '../support/dock-by-hand.ts'
import { keepVersions, minio, noMinio, openOnMinio, sha256Of } from '../support/minio.ts'
import { problemOf } from '../support/problem.ts'
import { put, s3AsDock } from '../support/s3-as-dock.ts'
import { simulatedDock } from '../support/simulated-dock.ts'
import { newFleet } from '../support/story.ts'

const wrong = { accessKeyId: minio.accessKeyId, secretAccessKey: 'rotated-away-long-ago' }
const download = (dock: { path: string }, id: string) =>
  `${dock.path}/log-uploads/${id}/archives/dock/download`

const codeOf = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => 'done',
    (error: Error) => error.name,
  )

test('archives go to MinIO', { skip: noMinio }, async (t) => {
  const backend = await openOnMinio(t)
  const dock = await simulatedDock(t, backend, { fleet: newFleet(), sizes: [9 * 1024 * 1024, 60_000] })
  await dock.list()
  const { id } = await dock.start([
    { module: 'aircraft', bootIndexes: [2] },
    { module: 'dock', bootIndexes: [1] },
  ])
  await dock.uploadUntil(id, 'uploaded')

  await t.test('are proved by the next sweep, with no event from storage', async () => {
    await backend.tick()
    const { archives } = await dock.uploadUntil(id, 'verified')
    assert.deepEqual(
      archives.map(({ module, verification }) => [module, verification]),
      [
        ['aircraft', 'verified'],
        ['dock', 'verified'],
      ],
    )
  })

  await t.test('and are downloaded byte for byte as packed, in one part or several', async () => {
    for (const module of ['aircraft', 'dock'] as const) {
      const path = download(dock, id).replace('/dock/', `/${module}/`)
      const { url } = Download.parse(await backend.must('GET', path))
      assert(url.startsWith(`${minio.url}/${minio.bucket}/`))
      const packed = dock.device.archives.find(({ objectKey }) => objectKey.endsWith(`/${module}.tar`))
      assert.equal(await sha256Of(url), packed?.sha256)
      assert.equal((await fetch(url.replace(`${module}.tar`, 'other.tar'))).status, 403)
    }
  })
})

for (const versioned of [true, false])
  test(`what is put in the place of an archive in a bucket that keeps ${versioned ? 'versions' : 'none'}`, {
    skip: noMinio,
  }, async (t) => {
    const bucket = versioned ? `${minio.bucket}-versioned` : minio.bucket
    const backend = await openOnMinio(t, {}, bucket)
    if (versioned) await keepVersions(t, bucket)
    const dock = await dockByHand(t, backend, { fleet: newFleet() })
    const { upload, command } = await dock.startUpload()
    const lent = lentBy(command)
    const client = s3AsDock(t, lent)
    await put(client, lent, 'logs')
    await dock.answer(command, { result: 0 })
    await dock.report(command, { status: 'ok', percent: 100, step: 3, size: 4 })
    await dock.uploadUntil(upload.id, 'uploaded')
    await backend.tick()
    const [archive] = (await dock.uploadUntil(upload.id, 'verified')).archives
    assert.equal(archive?.unpinned, versioned ? undefined : true)
    const { url } = Download.parse(await backend.must('GET', download(dock, upload.id)))
    await put(client, lent, 'forged')
    await backend.tick()
    const fresh = Download.parse(await backend.must('GET', download(dock, upload.id)))
    for (const link of [url, fresh.url])
      assert.equal(await (await fetch(link)).text(), versioned ? 'logs' : 'forged')
    assert.equal((await dock.upload(upload.id)).state, 'verified')
    const VersionId = new URL(url).searchParams.get('versionId') ?? undefined
    const remove = new DeleteObjectCommand({ Bucket: lent.bucket, Key: lent.keys[0] ?? '', VersionId })
    assert.equal(await codeOf(client.send(remove)), 'AccessDenied')
    await backend.must('DELETE', `${dock.path}/log-uploads/${upload.id}/archives/dock`)
    for (const link of [url, fresh.url]) assert.equal((await fetch(link)).status, 404)
  })

test('what MinIO lends', { skip: noMinio }, async (t) => {
  const backend = await openOnMinio(t)
  const dock = await dockByHand(t, backend, { fleet: newFleet() })
  const { command } = await dock.startUpload()
  const lent = lentBy(command)
  const client = s3AsDock(t, lent)
  const Bucket = lent.bucket
  const [Key = ''] = lent.keys

  await t.test('is told with the provider, its address, region and bucket', () => {
    const { provider, endpoint, region, bucket } = command.data
    assert.deepEqual([provider, endpoint, region, bucket], ['minio', minio.url, 'us-east-1', minio.bucket])
    assert(Math.abs(lent.expiresAt - (Date.now() + 3_600_000)) < 60_000)
  })

  await t.test('uploads the granted key in one request, and in parts', async () => {
    await put(client, lent, 'logs')
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }))
    await client.send(new ListPartsCommand({ Bucket, Key, UploadId }))
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }))
  })

  const denied: [string, () => Promise<unknown>][] = [
    ['another key of the job', () => put(client, lent, 'x', Key.replace('dock.tar', 'aircraft.tar'))],
    ['a key below', () => put(client, lent, 'x', `${Key}/x`)],
    ['another dock’s folder', () => put(client, lent, 'x', Key.replace(dock.dockSn, '7CTDMNEIGHBOUR'))],
    ['parts of another key', () => client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'x' }))],
    ['reading', () => client.send(new GetObjectCommand({ Bucket, Key }))],
    ['listing', () => client.send(new ListObjectsV2Command({ Bucket }))],
    ['deleting', () => client.send(new DeleteObjectCommand({ Bucket, Key }))],
  ]
  for (const [what, attempt] of denied)
    await t.test(`does not allow ${what}`, async () => assert.equal(await codeOf(attempt()), 'AccessDenied'))

  await t.test('is in no log, and neither is the key pair that lent it', async () => {
    const log = backend.lines.join('\n')
    for (const secret of [lent.credentials.secretAccessKey, lent.credentials.sessionToken])
      assert(!log.includes(secret))
    assert(!log.includes(minio.secretAccessKey))
  })
})

test('a dock that says ok and uploads nothing', { skip: noMinio }, async (t) => {
  const backend = await openOnMinio(t)
  const dock = await simulatedDock(t, backend, { faults: { sayOkUploadNothing: true } })
  await dock.list()
  const { id } = await dock.start([{ module: 'dock', bootIndexes: [1] }])
  await dock.uploadUntil(id, 'uploaded')
  await backend.tick()
  await backend.idle()
  assert.equal((await dock.upload(id)).state, 'uploaded', 'it is too early to call it missing')
  assert.equal(problemOf(await backend.api('GET', download(dock, id))), '409 archive-not-stored')
})

test('a key pair that MinIO refuses', { skip: noMinio }, async (t) => {
  const clock = createClock()
  const backend = await openOnMinio(t, { clock })
  const dock = await simulatedDock(t, backend)
  await dock.list()
  const { id } = await dock.start([{ module: 'dock', bootIndexes: [1] }])
  await dock.uploadUntil(id, 'uploaded')
  backend.rotate(wrong)

  await t.test('is a fault of the configuration, and never a missing archive', async () => {
    // The functions that proved nothing yet read the secret for the first time now.
    await backend.tick()
    clock.advance(6 * 60_000)
    await backend.tick()
    await backend.idle()
    assert.equal((await dock.upload(id)).state, 'uploaded')
    assert.match(backend.lines.join('\n'), /sweepuploads.*Storage refuses our own request/i)
    assert.match(backend.lines.join('\n'), /sweepuploads.*"StorageRefusals":/i)
    assert.equal(problemOf(await backend.api('GET', download(dock, id))), '500 internal-error')
  })
})

test('a rotated key pair is taken up at once', { skip: noMinio }, async (t) => {
  const backend = await openOnMinio(t)
  const dock = await simulatedDock(t, backend)
  await dock.list()
  backend.rotate(wrong)
  const refused = await dock.tryStart([{ module: 'dock', bootIndexes: [1] }])
  assert.equal(problemOf(refused), '503 command-not-sent')
  backend.rotate(minio)
  const { id } = await dock.start([{ module: 'dock', bootIndexes: [1] }])
  await dock.uploadUntil(id, 'uploaded')
  backend.rotate(wrong)
  assert.equal(problemOf(await backend.api('GET', download(dock, id))), '500 internal-error')
  backend.rotate(minio)
  const { url } = Download.parse(await backend.must('GET', download(dock, id)))
  assert.equal((await fetch(url)).status, 200)
  assert(!backend.lines.join('\n').includes(minio.secretAccessKey))
})
