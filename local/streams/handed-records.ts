import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { Shard, Stream } from '../dynamodb/stream-access.ts'
import { shownRecord } from '../dynamodb/stream-api.ts'
import type { StreamRecord } from '../dynamodb/streams.ts'

/** Stream records as Lambda passes them to a function, and the message about discarded ones. */

type Place = { stream: Stream; functionArn: string; clock: Clock; region: string }

export type Handed = { record: StreamRecord; shown: object }

/**
 * A record in the format for the function.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
 */
export const handed = (record: StreamRecord, shard: Shard, { stream, region }: Place): Handed => {
  const { userIdentity, ...shown } = shownRecord(record, stream, shard, region)
  return {
    record,
    shown: {
      ...shown,
      eventSourceARN: stream.arn,
      ...(userIdentity && {
        userIdentity: { principalId: userIdentity.PrincipalId, type: userIdentity.Type },
      }),
    },
  }
}

/** Lambda's payload limit of 6 MB ends a batch; the envelopes take some of it. */
const maximumBatchBytes = 5_500_000

/** As many records as fit into one invocation. */
export const fitting = (batch: readonly Handed[]): readonly Handed[] => {
  let bytes = 0
  return batch.filter(({ shown }, n) => {
    bytes += Buffer.byteLength(JSON.stringify(shown))
    return n === 0 || bytes <= maximumBatchBytes
  })
}

const iso = (at: number): string => new Date(at).toISOString()

/** https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html */
export const letter = (
  records: readonly StreamRecord[],
  shard: Shard,
  condition: 'RetryAttemptsExhausted' | 'RecordAgeExceeded',
  failures: number,
  { stream, functionArn, clock }: Place,
) => {
  const [first, last] = [records[0], records.at(-1)]
  return {
    requestContext: { requestId: randomUUID(), functionArn, condition, approximateInvokeCount: failures },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: iso(clock.now()),
    DDBStreamBatchInfo: {
      shardId: shard.id,
      startSequenceNumber: first?.sequenceNumber,
      endSequenceNumber: last?.sequenceNumber,
      approximateArrivalOfFirstRecord: iso(first?.at ?? 0),
      approximateArrivalOfLastRecord: iso(last?.at ?? 0),
      batchSize: records.length,
      streamArn: stream.arn,
    },
  }
}
