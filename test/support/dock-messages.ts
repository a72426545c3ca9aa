import { randomUUID } from 'node:crypto'
import type { SQSEvent, SQSRecord } from 'aws-lambda'
import type { About } from '../../lambdas/rule-sql.ts'

/** What a dock says, as the topic rule hands it to a queue. */

/** One archive as a dock reports it, in the vendor's words. */
export type ReportedFile = {
  module?: string
  key?: unknown
  size?: number
  fingerprint?: string
  device_sn?: string
  progress: Record<string, unknown>
}

export const progressPayload = (bid: string, files: readonly ReportedFile[], status?: string) => ({
  tid: randomUUID(),
  bid,
  method: 'fileupload_progress',
  timestamp: 1_700_000_000_000,
  data: { result: 0, output: { ...(status ? { status } : {}), ext: { files } } },
})

export const replyPayload = (tid: string, data: object, method = 'fileupload_start') => ({
  tid,
  bid: randomUUID(),
  method,
  timestamp: 1_700_000_000_000,
  data,
})

/** `queuedAt`: when the queue got it, epoch ms. `about`: what a rule says that shares its queue. */
export type Received = {
  dockSn: string
  payload: unknown
  receivedAt: number
  receiptId?: string
  queuedAt?: number
  about?: About
}

/** A message as it waits in the queue. Text is sent as it stands, anything else as JSON. */
export const queued = ({
  dockSn,
  payload,
  receivedAt,
  receiptId = randomUUID(),
  queuedAt = receivedAt,
  about,
}: Received): SQSRecord =>
  record(
    {
      payload: Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)).toString(
        'base64',
      ),
      source: dockSn,
      receivedAt,
      receiptId,
      clientId: 'test',
      ...(about ? { about } : {}),
    },
    queuedAt,
  )

/** A storage event, as EventBridge hands it to a queue. */
export const objectCreated = (object: {
  key: string
  size: number
  etag: string
  sequencer: string
  version?: string | undefined
  at: number
}): SQSRecord =>
  record({
    'detail-type': 'Object Created',
    source: 'aws.s3',
    time: new Date(object.at).toISOString(),
    detail: {
      bucket: { name: 'uploads' },
      object: {
        key: object.key,
        size: object.size,
        etag: object.etag,
        sequencer: object.sequencer,
        ...(object.version === undefined ? {} : { 'version-id': object.version }),
      },
    },
  })

const record = (body: object, queuedAt = 0): SQSRecord => ({
  messageId: randomUUID(),
  receiptHandle: 'handle',
  body: JSON.stringify(body),
  attributes: {
    ApproximateReceiveCount: '1',
    SentTimestamp: String(queuedAt),
    SenderId: 'test',
    ApproximateFirstReceiveTimestamp: '0',
  },
  messageAttributes: {},
  md5OfBody: '',
  eventSource: 'aws:sqs',
  eventSourceARN: 'arn:aws:sqs:eu-central-1:000000000000:queue',
  awsRegion: 'eu-central-1',
})

export const batchOf = (...records: SQSRecord[]): SQSEvent => ({ Records: records })
