import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { AssumeRoleCommand } from '@aws-sdk/client-sts'
import { Upload } from '@aws-sdk/lib-storage'
import {
  archives,
  bytesOf,
  lenderArn,
  lentPolicy,
  otherBucket,
  outcomeOf,
  startWorld,
  uploadArn,
  type World,
} from './storage-world.ts'

const key = 'north/DOCK1/2026-11-21/job/aircraft.tar'
const Bucket = archives

describe('credentials lent to a dock', () => {
  let world: World
  let dock: S3Client
  let lent: { accessKeyId: string; secretAccessKey: string; sessionToken: string }

  before(async () => {
    world = await startWorld()
    const lender = world.stsClient(await world.credentialsOf(lenderArn))
    const { Credentials } = await lender.send(
      new AssumeRoleCommand({
        RoleArn: uploadArn,
        RoleSessionName: 'DOCK1',
        DurationSeconds: 900,
        Policy: JSON.stringify(lentPolicy(key, 'north/DOCK2/theirs.tar')),
        Tags: [
          { Key: 'fleet', Value: 'north' },
          { Key: 'dockSn', Value: 'DOCK1' },
        ],
        SourceIdentity: 'job',
      }),
    )
    assert.ok(Credentials?.AccessKeyId && Credentials.SecretAccessKey && Credentials.SessionToken)
    lent = {
      accessKeyId: Credentials.AccessKeyId,
      secretAccessKey: Credentials.SecretAccessKey,
      sessionToken: Credentials.SessionToken,
    }
    dock = world.s3Client(lent)
  })
  after(() => world.stop())

  const put = (client: S3Client, Key: string) =>
    client.send(new PutObjectCommand({ Bucket, Key, Body: 'logs' }))

  test('upload the granted key in one request', async () => {
    await put(dock, key)
    assert.equal(world.events.at(-1)?.reason, 'PutObject')
  })

  test('upload the granted key in parts', async () => {
    const Body = bytesOf(11 * 1024 * 1024)
    await new Upload({ client: dock, params: { Bucket, Key: key, Body } }).done()
    const read = await world.reader.send(new GetObjectCommand({ Bucket, Key: key }))
    assert.ok(Body.equals(Buffer.from((await read.Body?.transformToByteArray()) ?? [])))
    assert.deepEqual(world.events.at(-1)?.reason, 'CompleteMultipartUpload')
  })

  test('list and abort an upload in parts', async () => {
    const { UploadId } = await dock.send(new CreateMultipartUploadCommand({ Bucket, Key: key }))
    const listed = await dock.send(new ListPartsCommand({ Bucket, Key: key, UploadId }))
    assert.equal(listed.Parts, undefined)
    await dock.send(new AbortMultipartUploadCommand({ Bucket, Key: key, UploadId }))
    assert.equal(
      await outcomeOf(dock.send(new ListPartsCommand({ Bucket, Key: key, UploadId }))),
      'NoSuchUpload 404',
    )
  })

  test('do nothing else', async () => {
    const attempts: [string, () => Promise<unknown>, string][] = [
      ['another key of the dock', () => put(dock, 'north/DOCK1/other.tar'), 'AccessDenied 403'],
      ['a key below the granted one', () => put(dock, `${key}/more`), 'AccessDenied 403'],
      [
        'a neighbour, though the session policy says so',
        () => put(dock, 'north/DOCK2/theirs.tar'),
        'AccessDenied 403',
      ],
      [
        'a key with the granted one behind dots',
        () => put(dock, `north/DOCK2/../../${key}`),
        'AccessDenied 403',
      ],
      [
        'reading the granted key',
        () => dock.send(new GetObjectCommand({ Bucket, Key: key })),
        'AccessDenied 403',
      ],
      // An answer to HEAD has no body and so no code; the SDK knows only its status.
      [
        'asking for the granted key',
        () => dock.send(new HeadObjectCommand({ Bucket, Key: key })),
        'Unknown 403',
      ],
      [
        'listing',
        () => dock.send(new ListObjectsV2Command({ Bucket, Prefix: 'north/DOCK1/' })),
        'AccessDenied 403',
      ],
      [
        'deleting the granted key',
        () => dock.send(new DeleteObjectCommand({ Bucket, Key: key })),
        'AccessDenied 403',
      ],
      [
        'another bucket',
        () => dock.send(new PutObjectCommand({ Bucket: otherBucket, Key: key, Body: '' })),
        'AccessDenied 403',
      ],
      [
        'an upload in parts elsewhere',
        () => dock.send(new CreateMultipartUploadCommand({ Bucket, Key: 'x' })),
        'AccessDenied 403',
      ],
    ]
    for (const [what, attempt, expected] of attempts) assert.equal(await outcomeOf(attempt()), expected, what)
  })

  test('are refused when they are not whole', async () => {
    const { accessKeyId, secretAccessKey, sessionToken } = lent
    const attempts: [string, S3Client, string][] = [
      ['wrong secret', world.s3Client({ ...lent, secretAccessKey: 'wrong' }), 'SignatureDoesNotMatch 403'],
      ['no token', world.s3Client({ accessKeyId, secretAccessKey }), 'InvalidAccessKeyId 403'],
      ['cut token', world.s3Client({ ...lent, sessionToken: sessionToken.slice(0, -4) }), 'InvalidToken 400'],
      [
        'another key with this token',
        world.s3Client({ ...lent, accessKeyId: 'ASIAAAAAAAAAAAAAAAAA' }),
        'InvalidToken 400',
      ],
    ]
    for (const [what, client, expected] of attempts)
      assert.equal(await outcomeOf(put(client, key)), expected, what)
  })

  test('are needed: an unsigned request is refused', async () => {
    const response = await fetch(`${world.s3Url}/${Bucket}/${key}`, { method: 'PUT', body: 'logs' })
    assert.equal(response.status, 403)
    assert.match(await response.text(), /<Code>AccessDenied<\/Code>/)
  })

  test('end when they expire', async () => {
    // The client corrects its clock by the server's date, so its signatures stay fresh while the credentials
    // age.
    const systemClockOffset = 900_000
    world.clock.ahead = systemClockOffset
    try {
      const aged = world.s3Client(lent, { systemClockOffset })
      assert.equal(await outcomeOf(put(aged, key)), 'ExpiredToken 400')
      const late = world.s3Client(await world.credentialsOf(uploadArn))
      world.clock.ahead = 901_000
      assert.equal(await outcomeOf(put(late, key)), 'RequestTimeTooSkewed 403')
    } finally {
      world.clock.ahead = 0
    }
  })
})
