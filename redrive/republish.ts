import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import {
  DynamoDBStreamsClient,
  ExpiredIteratorException,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ResourceNotFoundException,
  type _Record as StreamRecord,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams'
import { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { eventPutter, type PutEvents } from '../lambdas/events/bus.ts'
import { eventSource } from '../lambdas/events/names.ts'
import { publishChanges } from '../lambdas/events/publish-changes.ts'
import { changeSources } from '../lambdas/events/sources.ts'
import { readAll } from '../lambdas/table/pages.ts'
import { defaultRetention } from '../lambdas/table/schema.ts'
import { tableOf, type Unpublished } from './event-letters.ts'

/**
 * Why a dead letter was not published again: `gone`: there is nothing left to publish; `failed`: it may
 * succeed later.
 */
export type Republished = { outcome: 'published' } | { outcome: 'gone' | 'failed'; reason: string }

export type Republish = (unpublished: Unpublished) => Promise<Republished>

export type Endpoints = { dynamoDb?: string; streams?: string; eventBridge?: string }

const at = (endpoint: string | undefined) => (endpoint === undefined ? {} : { endpoint })

/**
 * Publishes the events of a dead letter as the function would have: with the same ids, so that consumers
 * recognize repeats. An event goes on the bus once more, to all its targets. Safe to repeat.
 */
export const createRepublisher = (
  config: Pick<DynamoDBClientConfig, 'region' | 'credentials'>,
  { dynamoDb, streams, eventBridge }: Endpoints,
  { stackName, bus }: { stackName: string; bus: string },
) => {
  const clients = {
    table: DynamoDBDocumentClient.from(new DynamoDBClient({ ...config, ...at(dynamoDb) })),
    stream: new DynamoDBStreamsClient({ ...config, ...at(streams) }),
    bus: new EventBridgeClient({ ...config, ...at(eventBridge) }),
  }
  const put = eventPutter(clients.bus, bus)

  const publishRecords = async (streamArn: string, records: readonly object[]): Promise<Republished> => {
    const table = { client: clients.table, name: tableOf(streamArn), retention: defaultRetention }
    let unread = false
    const publish = publishChanges({
      sources: changeSources,
      source: eventSource(stackName),
      put,
      read: (keys) => readAll(table, keys, true),
      putAside: async () => {
        unread = true
      },
    })
    const [failed] = await publish(records)
    if (failed !== undefined) return { outcome: 'failed', reason: 'the bus or the table refused' }
    return unread
      ? {
          outcome: 'failed',
          reason: 'it cannot be read, or the bus refuses it for good; the log above says which',
        }
      : { outcome: 'published' }
  }

  const republish: Republish = async (unpublished) => {
    if (unpublished.kind === 'event') return again(put, unpublished)
    if (unpublished.kind === 'record') return publishRecords(unpublished.streamArn, [unpublished.record])
    const records = await recordsOf(clients.stream, unpublished)
    return records === 'gone'
      ? { outcome: 'gone', reason: 'the stream keeps changes for a day, and no longer has these' }
      : publishRecords(unpublished.streamArn, records)
  }
  const close = () => Object.values(clients).forEach((client) => void client.destroy())
  return { republish, close }
}

const again = async (
  put: PutEvents,
  { type, at, detail }: Unpublished & { kind: 'event' },
): Promise<Republished> => {
  const { retryable, unacceptable } = await put([{ type, at, detail }])
  return retryable.size + unacceptable.size === 0
    ? { outcome: 'published' }
    : { outcome: 'failed', reason: 'the bus refused it' }
}

/**
 * The records of a batch, from its first on; a page may be empty, and the stream continues after the last.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html
 */
const recordsOf = async (
  client: DynamoDBStreamsClient,
  { streamArn: StreamArn, shardId: ShardId, from, to }: Unpublished & { kind: 'batch' },
): Promise<object[] | 'gone'> => {
  try {
    const { ShardIterator } = await client.send(
      new GetShardIteratorCommand({
        StreamArn,
        ShardId,
        SequenceNumber: from,
        ShardIteratorType: 'AT_SEQUENCE_NUMBER' as const,
      }),
    )
    const found: object[] = []
    let iterator = ShardIterator
    while (iterator) {
      const page = await client.send(new GetRecordsCommand({ ShardIterator: iterator }))
      for (const record of page.Records ?? []) {
        if (isAfter(record, to)) return found
        found.push(asInLambda(record, StreamArn))
        if (record.dynamodb?.SequenceNumber === to) return found
      }
      iterator = page.NextShardIterator
    }
    return found
  } catch (error) {
    if (isGone(error)) return 'gone'
    throw error
  }
}

const isGone = (error: unknown): boolean =>
  error instanceof TrimmedDataAccessException ||
  error instanceof ResourceNotFoundException ||
  error instanceof ExpiredIteratorException

/** Compares numbers of up to forty digits. */
const isAfter = ({ dynamodb }: StreamRecord, to: string): boolean =>
  BigInt(dynamodb?.SequenceNumber ?? 0) > BigInt(to)

/** Lambda passes the time in seconds, and adds the stream's ARN. */
const asInLambda = ({ dynamodb, userIdentity, ...record }: StreamRecord, eventSourceARN: string) => ({
  ...record,
  eventSourceARN,
  userIdentity: userIdentity && { type: userIdentity.Type, principalId: userIdentity.PrincipalId },
  dynamodb: {
    ...dynamodb,
    ApproximateCreationDateTime: Math.floor((dynamodb?.ApproximateCreationDateTime?.getTime() ?? 0) / 1000),
  },
})
