import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  GetObjectCommand,
  HeadObjectCommand,
  ListPartsCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { archives, bytesOf, outcomeOf, readerArn, startWorld, type World } from './storage-world.ts'

const Bucket = archives
const smallest = 5 * 1024 * 1024
const [first, second] = [bytesOf(smallest), bytesOf(1_000).reverse()]

describe('an upload in parts', () => {
  let world: World
  before(async () => {
    world = await startWorld()
  })
  after(() => world.stop())

  const start = async (Key: string, more: Partial<CreateMultipartUploadCommandInput> = {}) => {
    const { UploadId } = await world.reader.send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }))
    const of = { Bucket, Key, UploadId }
    return {
      of,
      part: async (PartNumber: number, Body: Buffer): Promise<CompletedPart> => {
        const { $metadata: _, ...sums } = await world.reader.send(
          new UploadPartCommand({ ...of, PartNumber, Body }),
        )
        return { PartNumber, ...sums }
      },
      complete: (Parts: CompletedPart[], condition = {}) =>
        world.reader.send(
          new CompleteMultipartUploadCommand({ ...of, MultipartUpload: { Parts }, ...condition }),
        ),
    }
  }
  const read = async (Key: string) => {
    const answer = await world.reader.send(new GetObjectCommand({ Bucket, Key }))
    return Buffer.from((await answer.Body?.transformToByteArray()) ?? [])
  }
  const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest()

  test('becomes one object with an ETag of its parts', async () => {
    const { part, complete } = await start('joined', { ContentType: 'application/x-tar' })
    // Sent out of order, with a number left out.
    const later = await part(7, second)
    const parts = [await part(2, first), later]
    assert.equal(await outcomeOf(read('joined')), 'NoSuchKey 404')
    const { ETag } = await complete(parts)
    assert.equal(ETag, `"${md5(Buffer.concat([md5(first), md5(second)])).toString('hex')}-2"`)
    assert.ok(Buffer.concat([first, second]).equals(await read('joined')))
    const head = await world.reader.send(new HeadObjectCommand({ Bucket, Key: 'joined' }))
    assert.equal(head.ContentType, 'application/x-tar')
    const [event] = world.events.filter(({ key }) => key === 'joined')
    assert.deepEqual([event?.reason, event?.size], ['CompleteMultipartUpload', smallest + 1_000])
  })

  test('carries checksums over its parts, or over the whole where asked', async () => {
    const composite = await start('composite', { ChecksumAlgorithm: 'SHA256' })
    const { ChecksumSHA256: _sum, ...bare } = await composite.part(1, second)
    assert.equal(await outcomeOf(composite.complete([bare])), 'InvalidRequest 400')
    const { ChecksumSHA256 } = await composite.complete([await composite.part(1, second)])
    const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest()
    assert.equal(ChecksumSHA256, `${sha256(sha256(second)).toString('base64')}-1`)

    const whole = await start('whole', { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' })
    const parts = [await whole.part(1, first), await whole.part(2, second)]
    const refused = whole.complete(parts, { ChecksumCRC32: 'AAAAAA==' })
    assert.equal(await outcomeOf(refused), 'BadDigest 400')
    await whole.complete(parts)
    // The client itself checks the bytes against the checksum it is given.
    assert.equal((await read('whole')).length, smallest + 1_000)
  })

  test('replaces a part that is sent again', async () => {
    const { part, complete } = await start('again')
    const lost = await part(1, first)
    const kept = await part(1, second)
    assert.equal(await outcomeOf(complete([lost])), 'InvalidPart 400')
    await complete([kept])
    assert.ok(second.equals(await read('again')))
  })

  test('is refused with small, missing, unordered or altered parts', async () => {
    const { part, complete } = await start('refused')
    const [one, two] = [await part(1, second), await part(2, second)]
    assert.equal(await outcomeOf(complete([one, two])), 'EntityTooSmall 400')
    assert.equal(await outcomeOf(complete([two, one])), 'InvalidPartOrder 400')
    assert.equal(await outcomeOf(complete([one, { ...two, PartNumber: 3 }])), 'InvalidPart 400')
    assert.equal(await outcomeOf(complete([{ ...one, ChecksumCRC32: 'AAAAAA==' }])), 'InvalidPart 400')
    assert.equal(await outcomeOf(complete([])), 'MalformedXML 400')
    assert.equal(await outcomeOf(part(10_001, second)), 'InvalidArgument 400')
    assert.equal(await outcomeOf(read('refused')), 'NoSuchKey 404')
  })

  test('ends once', async () => {
    const { of, part, complete } = await start('once')
    const parts = [await part(1, first)]
    const outcomes = await Promise.all([outcomeOf(complete(parts)), outcomeOf(complete(parts))])
    // The loser comes during the other's work or after it.
    assert.match(outcomes.toSorted().join(), /^(OperationAborted 409|NoSuchUpload 404),done$/)
    assert.equal(world.events.filter(({ key }) => key === 'once').length, 1)
    assert.equal(await outcomeOf(complete(parts)), 'NoSuchUpload 404')
    assert.equal(await outcomeOf(world.reader.send(new AbortMultipartUploadCommand(of))), 'NoSuchUpload 404')
    assert.equal(await outcomeOf(part(2, second)), 'NoSuchUpload 404')
  })

  test('does not overwrite with If-None-Match: *', async () => {
    const { part, complete } = await start('once')
    const parts = [await part(1, second)]
    assert.equal(await outcomeOf(complete(parts, { IfNoneMatch: '*' })), 'PreconditionFailed 412')
  })

  test('is bound to its key', async () => {
    const { of, part } = await start('mine')
    await part(1, second)
    const elsewhere = world.reader.send(new ListPartsCommand({ ...of, Key: 'yours' }))
    assert.equal(await outcomeOf(elsewhere), 'NoSuchUpload 404')
  })

  test('lists its parts in pages', async () => {
    const { of, part } = await start('listed')
    for (const number of [3, 1, 2]) await part(number, second)
    const page = await world.reader.send(new ListPartsCommand({ ...of, MaxParts: 2 }))
    assert.deepEqual(
      [page.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size]), page.IsTruncated],
      [
        [
          [1, 1_000],
          [2, 1_000],
        ],
        true,
      ],
    )
    const rest = await world.reader.send(
      new ListPartsCommand({ ...of, PartNumberMarker: page.NextPartNumberMarker }),
    )
    assert.deepEqual([rest.Parts?.map(({ PartNumber }) => PartNumber), rest.IsTruncated], [[3], false])
  })

  test('goes on after a restart', async () => {
    const before = await startWorld()
    const Key = 'continued'
    const client = before.s3Client(await before.credentialsOf(readerArn))
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }))
    const { ETag } = await client.send(
      new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: second }),
    )
    await before.stop({ keep: true })
    const later = await startWorld({ directory: before.directory })
    try {
      const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] }
      await later.reader.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }))
      const { ContentLength } = await later.reader.send(new HeadObjectCommand({ Bucket, Key }))
      assert.equal(ContentLength, 1_000)
    } finally {
      await later.stop()
    }
  })
})
