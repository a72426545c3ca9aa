import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { archives, bytesOf, otherBucket, outcomeOf, roles, startWorld, type World } from './storage-world.ts'

const Bucket = archives
const account = 'arn:aws:iam::111122223333:role/'

/** May read and delete, but no version. */
const withoutVersions = {
  arn: `${account}without`,
  name: 'without',
  policies: [
    {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: ['s3:GetObject', 's3:DeleteObject', 's3:PutObject', 's3:ListBucket'],
          Resource: [`arn:aws:s3:::${archives}`, `arn:aws:s3:::${archives}/*`],
        },
      ],
    },
  ],
  trust: {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ],
  },
  maxSessionSeconds: 3600,
}

const buckets = [{ name: archives, versioned: true }, { name: otherBucket }]

describe('a bucket with versions', () => {
  let world: World
  before(async () => {
    world = await startWorld({ buckets, roles: [...roles, withoutVersions] })
  })
  after(() => world.stop())

  const put = async (Key: string, Body: string) =>
    (await world.reader.send(new PutObjectCommand({ Bucket, Key, Body }))).VersionId ?? ''
  const remove = (Key: string, VersionId?: string) =>
    world.reader.send(new DeleteObjectCommand({ Bucket, Key, VersionId }))
  const read = async (Key: string, VersionId?: string, from = world) => {
    const answer = await from.reader.send(new GetObjectCommand({ Bucket, Key, VersionId }))
    return { ...answer, text: await answer.Body?.transformToString() }
  }

  test('keeps what is replaced, whether that came whole or in parts', async () => {
    const first = await put('kept', 'one')
    const params = { Bucket, Key: 'kept', Body: bytesOf(6 * 1024 * 1024) }
    const { VersionId: second } = await new Upload({ client: world.reader, params }).done()
    assert.equal(new Set([first, second]).size, 2)
    assert.equal((await read('kept')).VersionId, second)
    assert.deepEqual(
      [(await read('kept', first)).text, (await read('kept', first)).VersionId],
      ['one', first],
    )
    const { ContentLength, VersionId } = await world.reader.send(
      new HeadObjectCommand({ Bucket, Key: 'kept', VersionId: first }),
    )
    assert.deepEqual([ContentLength, VersionId], [3, first])
  })

  test('reports each version, in an order that its sequencers give', async () => {
    const ids = [await put('told', 'one'), await put('told', 'two'), await put('told', 'one')]
    const events = world.events.filter(({ key }) => key === 'told')
    assert.deepEqual(
      events.map(({ versionId }) => versionId),
      ids,
    )
    const sequencers = events.map(({ sequencer }) => sequencer)
    assert.deepEqual(sequencers, [...new Set(sequencers)].sort())
  })

  test('a deletion without a version leaves a marker, under which all is still there', async () => {
    const id = await put('marked', 'one')
    const { DeleteMarker, VersionId: marker } = await remove('marked')
    assert.equal(DeleteMarker, true)
    assert.equal(await outcomeOf(read('marked')), 'NoSuchKey 404')
    assert.equal(await outcomeOf(read('marked', marker)), 'MethodNotAllowed 405')
    assert.equal((await read('marked', id)).text, 'one')
    const { Contents = [] } = await world.reader.send(new ListObjectsV2Command({ Bucket, Prefix: 'marked' }))
    assert.deepEqual(Contents, [])
    assert.equal((await remove('marked', marker)).DeleteMarker, true)
    assert.equal((await read('marked')).text, 'one')
  })

  test('a deletion of a version is for good and leaves the others; of none, it is done', async () => {
    const [first, second] = [await put('gone', 'one'), await put('gone', 'two')]
    assert.equal((await remove('gone', second)).VersionId, second)
    assert.equal((await read('gone')).text, 'one')
    assert.equal(await outcomeOf(read('gone', second)), 'NoSuchVersion 404')
    await remove('gone', second)
    await remove('gone', first)
    assert.equal(await outcomeOf(read('gone')), 'NoSuchKey 404')
  })

  test('takes a right of its own to read or delete a version', async () => {
    const id = await put('closed', 'one')
    const client = world.s3Client(await world.credentialsOf(withoutVersions.arn))
    const asked = { Bucket, Key: 'closed', VersionId: id }
    assert.equal(await outcomeOf(client.send(new GetObjectCommand({ Bucket, Key: 'closed' }))), 'done')
    assert.equal(await outcomeOf(client.send(new GetObjectCommand(asked))), 'AccessDenied 403')
    assert.equal(await outcomeOf(client.send(new DeleteObjectCommand(asked))), 'AccessDenied 403')
  })

  test('that has none yet gives no ids, and what it holds is the version null', async () => {
    const at = { Bucket: otherBucket, Key: 'plain' }
    const answer = await world.reader.send(new PutObjectCommand({ ...at, Body: 'one' }))
    assert.equal(answer.VersionId, undefined)
    await world.reader.send(new PutObjectCommand({ ...at, Body: 'two' }))
    const found = await world.reader.send(new GetObjectCommand({ ...at, VersionId: 'null' }))
    assert.equal(await found.Body?.transformToString(), 'two')
  })

  test('has all of them after a restart, and those that came before it had versions', async () => {
    const before = await startWorld({ buckets: [{ name: archives }] })
    const at = { Bucket, Key: 'old' }
    await before.reader.send(new PutObjectCommand({ ...at, Body: 'one' }))
    await before.stop({ keep: true })
    const between = await startWorld({ buckets, directory: before.directory })
    between.clock.ahead = -60_000
    await between.reader.send(new PutObjectCommand({ ...at, Body: 'two' }))
    await between.reader.send(new DeleteObjectCommand(at))
    const { VersionId } = await between.reader.send(new PutObjectCommand({ ...at, Body: 'three' }))
    await between.stop({ keep: true })
    const again = await startWorld({ buckets, directory: before.directory })
    assert.equal((await read('old', undefined, again)).text, 'three')
    await again.reader.send(new DeleteObjectCommand({ ...at, VersionId }))
    assert.equal(await outcomeOf(read('old', undefined, again)), 'NoSuchKey 404')
    assert.equal((await read('old', 'null', again)).text, 'one')
    await again.stop()
  })
})
