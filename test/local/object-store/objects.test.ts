import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { after, before, describe, test } from 'node:test'
import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import fc from 'fast-check'
import {
  archives,
  bytesOf,
  otherBucket,
  outcomeOf,
  readerArn,
  roles,
  startWorld,
  type World,
} from './storage-world.ts'

const Bucket = archives

describe('objects', () => {
  let world: World
  before(async () => {
    world = await startWorld()
  })
  after(() => world.stop())

  const put = (Key: string, Body: string | Buffer = 'logs', more = {}) =>
    world.reader.send(new PutObjectCommand({ Bucket, Key, Body, ...more }))
  const get = async (Key: string, more = {}) => {
    const answer = await world.reader.send(new GetObjectCommand({ Bucket, Key, ...more }))
    return { ...answer, bytes: Buffer.from((await answer.Body?.transformToByteArray()) ?? []) }
  }

  test('come back byte for byte, whatever their size and however the body was cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 70_000 }), { maxLength: 6 }), async (pieces) => {
        const whole = Buffer.concat(pieces)
        // A stream of known length makes the SDK send aws-chunked with a checksum as trailer.
        const Body = Readable.from(
          pieces.filter((piece) => piece.length > 0).map((piece) => Buffer.from(piece)),
        )
        const { ETag } = await world.reader.send(
          new PutObjectCommand({ Bucket, Key: 'round-trip', Body, ContentLength: whole.length }),
        )
        assert.equal(ETag, `"${createHash('md5').update(whole).digest('hex')}"`)
        assert.ok(whole.equals((await get('round-trip')).bytes))
      }),
      { numRuns: 25 },
    )
  })

  test('have keys that are text, not paths', async () => {
    const keys = [
      '../../../etc/passwd',
      'a//b',
      '/leading',
      'a/./b',
      'ü +&?#%25.tar',
      "it's (1)*!",
      'folder/',
      '..',
      '__proto__',
      'x'.repeat(1024),
    ]
    for (const key of keys) {
      await put(key, `content of ${key}`)
      assert.equal((await get(key)).bytes.toString(), `content of ${key}`, key)
    }
    const listed = await world.reader.send(new ListObjectsV2Command({ Bucket }))
    const found = new Set(listed.Contents?.map(({ Key }) => Key))
    assert.deepEqual(
      keys.filter((key) => !found.has(key)),
      [],
    )
    assert.equal(await outcomeOf(put('x'.repeat(1025))), 'KeyTooLongError 400')
  })

  test('keep their type, presentation and metadata, and links may override the presentation', async () => {
    await put('typed', 'logs', {
      ContentType: 'application/x-tar',
      Metadata: { dock: 'DOCK1' },
      ContentDisposition: 'inline',
    })
    const kept = await world.reader.send(new HeadObjectCommand({ Bucket, Key: 'typed' }))
    assert.deepEqual(
      [kept.ContentType, kept.Metadata, kept.ContentLength],
      ['application/x-tar', { dock: 'DOCK1' }, 4],
    )
    const command = new GetObjectCommand({
      Bucket,
      Key: 'typed',
      ResponseContentDisposition: 'attachment; filename="a.tar"',
    })
    const response = await fetch(await getSignedUrl(world.reader, command, { expiresIn: 60 }))
    assert.equal(response.headers.get('content-disposition'), 'attachment; filename="a.tar"')
    assert.equal(await response.text(), 'logs')
  })

  test('can be read in ranges', async () => {
    await put('ranged', '0123456789')
    const cases: [string, string, string][] = [
      ['bytes=2-4', '234', 'bytes 2-4/10'],
      ['bytes=7-', '789', 'bytes 7-9/10'],
      ['bytes=-2', '89', 'bytes 8-9/10'],
      ['bytes=5-99', '56789', 'bytes 5-9/10'],
    ]
    for (const [Range, content, ContentRange] of cases) {
      const answer = await get('ranged', { Range })
      assert.deepEqual([answer.bytes.toString(), answer.ContentRange], [content, ContentRange], Range)
      assert.equal(answer.$metadata.httpStatusCode, 206)
    }
    assert.equal((await get('ranged', { Range: 'bytes=4-2' })).bytes.length, 10)
    assert.equal(await outcomeOf(get('ranged', { Range: 'bytes=10-' })), 'InvalidRange 416')
  })

  test('can be asked for by ETag', async () => {
    const { ETag } = await put('tagged')
    assert.equal(await outcomeOf(get('tagged', { IfMatch: ETag })), 'done')
    assert.equal(await outcomeOf(get('tagged', { IfMatch: '"other"' })), 'PreconditionFailed 412')
    assert.equal(await outcomeOf(get('tagged', { IfNoneMatch: ETag })), 'Unknown 304')
  })

  test('are not overwritten with If-None-Match: *, however many try at once', async () => {
    const attempts = ['one', 'two', 'three'].map((Body) => outcomeOf(put('once', Body, { IfNoneMatch: '*' })))
    const outcomes = await Promise.all(attempts)
    assert.deepEqual(outcomes.toSorted(), ['PreconditionFailed 412', 'PreconditionFailed 412', 'done'])
    assert.equal(world.events.filter(({ key }) => key === 'once').length, 1)
  })

  test('are reported once each, when they are complete', async () => {
    const { ETag } = await put('told', 'logs')
    const [event, ...more] = world.events.filter(({ key }) => key === 'told')
    assert.deepEqual(more, [])
    assert.equal(`"${event?.etag}"`, ETag)
    assert.deepEqual([event?.bucket, event?.size, event?.reason], [Bucket, 4, 'PutObject'])
    await put('told', 'more')
    const sequencers = world.events.filter(({ key }) => key === 'told').map(({ sequencer }) => sequencer)
    assert.deepEqual(sequencers.toSorted(), sequencers)
    assert.equal(new Set(sequencers).size, 2)
  })

  test('are gone after a delete, and a second delete is no error', async () => {
    await put('short-lived')
    await world.reader.send(new DeleteObjectCommand({ Bucket, Key: 'short-lived' }))
    await world.reader.send(new DeleteObjectCommand({ Bucket, Key: 'short-lived' }))
    assert.equal(await outcomeOf(get('short-lived')), 'NoSuchKey 404')
  })

  test('are missing only to those who may list; to others they are forbidden', async () => {
    const mayOnlyRead = [
      { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' } },
    ]
    const blind = await startWorld({
      roles: roles.map((role) => (role.arn === readerArn ? { ...role, policies: mayOnlyRead } : role)),
    })
    const head = (client: World['reader']) =>
      outcomeOf(client.send(new HeadObjectCommand({ Bucket, Key: 'nowhere' })))
    try {
      assert.equal(await head(blind.reader), 'Unknown 403')
      assert.equal(await head(world.reader), 'NotFound 404')
    } finally {
      await blind.stop()
    }
  })

  test('are listed in byte order, in pages, by folder', async () => {
    const keys = [
      'list/a',
      'list/b/1',
      'list/b/2',
      'list/b/3',
      'list/c',
      'list/Z',
      'list/é',
      'list/😀',
      'list/\uffee',
      'list/a&<b>',
    ]
    for (const key of keys) await put(key)
    const pages = paginateListObjectsV2(
      { client: world.reader, pageSize: 2 },
      { Bucket, Prefix: 'list/', Delimiter: '/' },
    )
    const found: (string | undefined)[] = []
    const folders: (string | undefined)[] = []
    for await (const page of pages) {
      assert.ok((page.KeyCount ?? 0) <= 2)
      found.push(...(page.Contents ?? []).map(({ Key }) => Key))
      folders.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix))
    }
    const bytes = (key: string) => Buffer.from(key)
    const expected = keys
      .filter((key) => !key.startsWith('list/b/'))
      .sort((a, b) => Buffer.compare(bytes(a), bytes(b)))
    assert.deepEqual(found, expected)
    assert.deepEqual(folders, ['list/b/'])
  })

  test('survive a restart, and so do credentials', async () => {
    const first = await startWorld()
    const credentials = await first.credentialsOf(readerArn)
    await first
      .s3Client(credentials)
      .send(new PutObjectCommand({ Bucket, Key: 'kept', Body: bytesOf(100_000) }))
    await first.stop({ keep: true })
    const second = await startWorld({ directory: first.directory })
    try {
      const answer = await second.s3Client(credentials).send(new GetObjectCommand({ Bucket, Key: 'kept' }))
      assert.ok(bytesOf(100_000).equals(Buffer.from((await answer.Body?.transformToByteArray()) ?? [])))
    } finally {
      await second.stop()
    }
  })

  test('obey the bucket policy', async () => {
    const policy = {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:*',
          Resource: '*',
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
        {
          Effect: 'Deny',
          Principal: { AWS: '*' },
          Action: 's3:DeleteObject',
          Resource: `arn:aws:s3:::${Bucket}/held/*`,
        },
      ],
    }
    const guarded = await startWorld({ buckets: [{ name: Bucket, policy }] })
    try {
      await guarded.reader.send(new PutObjectCommand({ Bucket, Key: 'held/a', Body: 'x' }))
      const remove = guarded.reader.send(new DeleteObjectCommand({ Bucket, Key: 'held/a' }))
      await assert.rejects(remove, /explicit deny in a resource-based policy/)
    } finally {
      await guarded.stop()
    }
  })

  test('are addressed by host as well as by path', async () => {
    await put('by-host', 'virtual')
    const { hostname, port } = new URL(world.s3Url)
    const client = world.s3Client(await world.credentialsOf(readerArn), {
      forcePathStyle: false,
      endpoint: `http://localhost:${port}`,
    })
    client.middlewareStack.add(
      (next) => (args) => {
        // The name resolves nowhere, so the request goes to the address and only says the name.
        const request = args.request as { headers: Record<string, string>; hostname: string; path: string }
        request.headers.host = `${Bucket}.localhost:${port}`
        request.path = '/by-host'
        request.hostname = hostname
        return next(args)
      },
      { step: 'build', priority: 'low' },
    )
    const answer = await client.send(new GetObjectCommand({ Bucket, Key: 'by-host' }))
    assert.equal(await answer.Body?.transformToString(), 'virtual')
  })

  test('do not take what cannot be emulated', async () => {
    const attempts = [
      put('refused', 'x', { Tagging: 'a=b' }),
      world.reader.send(new GetObjectTaggingCommand({ Bucket, Key: 'told' })),
    ]
    for (const outcome of await Promise.all(attempts.map(outcomeOf)))
      assert.equal(outcome, 'NotImplemented 501')
    const link = new PutObjectCommand({ Bucket, Key: 'refused', ACL: 'public-read' })
    const byLink = await fetch(await getSignedUrl(world.reader, link), { method: 'PUT', body: 'x' })
    assert.equal(byLink.status, 400)
    const outcomeWith = (more: object) =>
      outcomeOf(world.reader.send(new PutObjectCommand({ Bucket, Key: 'plain', Body: 'x', ...more })))
    for (const [more, outcome] of [
      [
        { StorageClass: 'STANDARD', ServerSideEncryption: 'AES256', ACL: 'bucket-owner-full-control' },
        'done',
      ],
      [{ ACL: 'private' }, 'AccessControlListNotSupported 400'],
      [{ StorageClass: 'FAST' }, 'InvalidStorageClass 400'],
      [{ StorageClass: 'GLACIER' }, 'NotImplemented 501'],
      [{ ServerSideEncryption: 'aws:kms' }, 'NotImplemented 501'],
      [{ ServerSideEncryption: 'ROT13' }, 'InvalidEncryptionAlgorithmError 400'],
    ] as const)
      assert.equal(await outcomeWith(more), outcome, JSON.stringify(more))
    const parts = { Bucket, Key: 'parts', StorageClass: 'STANDARD', ServerSideEncryption: 'AES256' } as const
    assert.equal(await outcomeOf(world.reader.send(new CreateMultipartUploadCommand(parts))), 'done')
    const head = await world.reader.send(new HeadObjectCommand({ Bucket, Key: 'plain' }))
    assert.equal(head.ServerSideEncryption, 'AES256')
    const nowhere = world.reader.send(new PutObjectCommand({ Bucket: 'no-such-bucket', Key: 'a', Body: '' }))
    assert.equal(await outcomeOf(nowhere), 'NoSuchBucket 404')
    const elsewhere = world.reader.send(new PutObjectCommand({ Bucket: otherBucket, Key: 'a', Body: '' }))
    assert.equal(await outcomeOf(elsewhere), 'done')
  })
})
