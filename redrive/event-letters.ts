import * as z from 'zod'

/** Parses the dead letters of the queue `EventFailures`. Pure. */

/**
 * `record`: a stream record that the function set aside. `batch`: records that the mapping discarded, by
 * their position in the stream. `event`: a published event whose invocation failed.
 */
export type Unpublished =
  | { kind: 'record'; streamArn: string; record: object }
  | { kind: 'batch'; streamArn: string; shardId: string; from: string; to: string; size: number }
  | { kind: 'event'; type: string; at: number; detail: string }

/** https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html */
const Batch = z.looseObject({
  DDBStreamBatchInfo: z.looseObject({
    shardId: z.string(),
    startSequenceNumber: z.string(),
    endSequenceNumber: z.string(),
    batchSize: z.number(),
    streamArn: z.string(),
  }),
})
const Aside = z.looseObject({ record: z.looseObject({ eventSourceARN: z.string() }) })
const Event = z.looseObject({
  source: z.literal('groundcrew'),
  'detail-type': z.string(),
  time: z.iso.datetime(),
  detail: z.looseObject({ specversion: z.string(), id: z.string() }),
})

/** Undefined: not written by our code. */
export const unpublishedIn = (value: unknown): Unpublished | undefined => {
  const batch = Batch.safeParse(value).data?.DDBStreamBatchInfo
  if (batch) {
    const { streamArn, shardId, startSequenceNumber: from, endSequenceNumber: to, batchSize: size } = batch
    return { kind: 'batch', streamArn, shardId, from, to, size }
  }
  const record = Aside.safeParse(value).data?.record
  if (record) return { kind: 'record', streamArn: record.eventSourceARN, record }
  const event = Event.safeParse(value).data
  if (!event) return undefined
  const { 'detail-type': type, time, detail } = event
  return { kind: 'event', type, at: Date.parse(time), detail: JSON.stringify(detail) }
}

/** `arn:aws:dynamodb:{region}:{account}:table/{name}/stream/{label}` */
export const tableOf = (streamArn: string): string => streamArn.split('/')[1] ?? ''
