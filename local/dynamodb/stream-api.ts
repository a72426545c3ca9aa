/**
 * DynamoDB Streams: the four operations with which readers read a stream.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Streams.html
 */
import { createHash } from 'node:crypto'
import * as z from 'zod'
import { itemSize } from './capacity.ts'
import { DynamoDbError, invalid } from './errors.ts'
import type { Shard, Stream, StreamAccess } from './stream-access.ts'
import type { StreamRecord } from './streams.ts'

const ListStreams = z.looseObject({ TableName: z.string().optional() })
const OfStream = z.looseObject({ StreamArn: z.string() })
const GetShardIterator = OfStream.extend({
  ShardId: z.string(),
  ShardIteratorType: z.enum(['TRIM_HORIZON', 'AT_SEQUENCE_NUMBER']),
  SequenceNumber: z
    .string()
    .regex(/^\d{21,40}$/)
    .optional(),
})
const GetRecords = z.looseObject({
  ShardIterator: z.string(),
  Limit: z.number().int().min(1).max(1000).default(1000),
})

/** The content of an iterator's text. */
const Iterator = z.object({
  arn: z.string(),
  shard: z.string(),
  after: z.string().optional(),
  at: z.number(),
})
type Iterator = z.infer<typeof Iterator>

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetShardIterator.html */
const iteratorMs = 15 * 60_000

/** The size limit of an answer. */
const mostBytes = 1024 * 1024

const notFound = (what: string): DynamoDbError =>
  new DynamoDbError('ResourceNotFoundException', `Requested resource not found: ${what}`)

export const streamOperations = ['ListStreams', 'DescribeStream', 'GetShardIterator', 'GetRecords'] as const
type Operation = (typeof streamOperations)[number]
export const isStreamOperation = (operation: string): operation is Operation =>
  streamOperations.some((one) => one === operation)

const writeIterator = (iterator: Iterator): string =>
  Buffer.from(JSON.stringify(iterator)).toString('base64url')

/** @throws DynamoDbError for an invalid or expired iterator. */
export const readIterator = (text: string): Iterator => {
  try {
    return Iterator.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')))
  } catch {
    throw invalid('Invalid ShardIterator')
  }
}

/** A record in the API's format; `at` is rounded to whole seconds. */
export const shownRecord = (record: StreamRecord, stream: Stream, shard: Shard, awsRegion: string) => {
  const { sequenceNumber, at, keys, before, after, isExpiry } = record
  return {
    eventID: createHash('md5').update(`${shard.id}${sequenceNumber}`).digest('hex'),
    eventName: before ? (after ? 'MODIFY' : 'REMOVE') : 'INSERT',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion,
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(at / 1000),
      Keys: keys,
      ...(after && { NewImage: after }),
      ...(before && { OldImage: before }),
      SequenceNumber: sequenceNumber,
      SizeBytes: [keys, before, after].reduce((size, item) => size + (item ? itemSize(item) : 0), 0),
      StreamViewType: stream.table.StreamSpecification?.StreamViewType ?? '',
    },
    // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html
    ...(isExpiry && { userIdentity: { PrincipalId: 'dynamodb.amazonaws.com', Type: 'Service' } }),
  }
}

type Needs = { streams: StreamAccess; region: string; now: () => number }

export const createStreamApi = ({ streams, region, now }: Needs) => {
  const streamOf = (arn: string): Stream => {
    const stream = streams.find(arn)
    if (!stream) throw notFound(`Stream: ${arn} not found`)
    return stream
  }
  const shardOf = (stream: Stream, id: string): Shard => {
    const shard = stream.shards.find((one) => one.id === id)
    if (!shard) throw notFound(`Shard ID: ${id} in Stream ARN: ${stream.arn} not found`)
    return shard
  }
  const oldest = async (stream: Stream, shard: Shard): Promise<string | undefined> =>
    (await stream.read(shard, undefined, 1))[0]?.sequenceNumber

  const startOf = async (
    stream: Stream,
    shard: Shard,
    { ShardIteratorType: type, SequenceNumber: at }: z.infer<typeof GetShardIterator>,
  ): Promise<string | undefined> => {
    if (type === 'TRIM_HORIZON') return undefined
    if (at === undefined) throw invalid(`SequenceNumber must be given for ${type}`)
    const first = await oldest(stream, shard)
    if (first === undefined || BigInt(at) < BigInt(first))
      throw new DynamoDbError('TrimmedDataAccessException', `${at} is older than what the stream keeps`)
    return String(BigInt(at) - 1n)
  }

  const operations: Readonly<Record<Operation, (input: unknown) => Promise<object>>> = {
    ListStreams: async (input) => {
      const { TableName: name } = ListStreams.parse(input)
      const asked = streams.all.filter(({ table }) => name === undefined || table.TableName === name)
      return {
        Streams: asked.map(({ arn, label, table }) => ({
          StreamArn: arn,
          StreamLabel: label,
          TableName: table.TableName,
        })),
      }
    },
    DescribeStream: async (input) => {
      const stream = streamOf(OfStream.parse(input).StreamArn)
      const { arn, label, table } = stream
      const Shards = stream.shards.map(({ id }) => ({
        ShardId: id,
        SequenceNumberRange: { StartingSequenceNumber: '100000000000000000000' },
      }))
      return {
        StreamDescription: {
          StreamArn: arn,
          StreamLabel: label,
          StreamStatus: 'ENABLED',
          Shards,
          TableName: table.TableName,
          KeySchema: table.KeySchema,
          ...table.StreamSpecification,
        },
      }
    },
    GetShardIterator: async (input) => {
      const asked = GetShardIterator.parse(input)
      const stream = streamOf(asked.StreamArn)
      const shard = shardOf(stream, asked.ShardId)
      const after = await startOf(stream, shard, asked)
      return { ShardIterator: writeIterator({ arn: stream.arn, shard: shard.id, after, at: now() }) }
    },
    GetRecords: async (input) => {
      const { ShardIterator, Limit } = GetRecords.parse(input)
      const { arn, shard: id, after, at } = readIterator(ShardIterator)
      if (now() - at > iteratorMs)
        throw new DynamoDbError('ExpiredIteratorException', 'The iterator is older than 15 minutes')
      const stream = streamOf(arn)
      const shard = shardOf(stream, id)
      let bytes = 0
      const Records = (await stream.read(shard, after, Limit))
        .map((record) => shownRecord(record, stream, shard, region))
        .filter(({ dynamodb }, n) => {
          bytes += dynamodb.SizeBytes
          return n === 0 || bytes <= mostBytes
        })
      const last = Records.at(-1)?.dynamodb.SequenceNumber ?? after
      return { Records, NextShardIterator: writeIterator({ arn, shard: id, after: last, at: now() }) }
    },
  }
  return (operation: Operation, input: unknown): Promise<object> => operations[operation](input)
}
