import type { SQSBatchResponse, SQSEvent } from 'aws-lambda'
import * as z from 'zod/mini'
import { parseJson } from '../../protocols/json.ts'
import { eachOf } from '../runtime/each-of.ts'
import { errorFields } from '../runtime/error-fields.ts'
import { type BatchIds, log } from '../runtime/log.ts'
import { count, counting } from '../runtime/telemetry.ts'
import { type Invocation, inTime } from '../runtime/time-left.ts'
import type { Receipt } from './receipt.ts'

/** A message of a topic rule: the payload as the device sent it, and the sender, from the topic. */
const Envelope = z.object({
  payload: z.string(),
  source: z.string(),
  receivedAt: z.number(),
  receiptId: z.string(),
  about: z.optional(z.string()),
})

/** A device's message. `about` distinguishes the rules that share a queue. */
export type DeviceReport = {
  messageId: string
  source: string
  payload: Buffer
  receipt: Receipt
  about?: string | undefined
}

const readReport = (record: SQSEvent['Records'][number], index: number): DeviceReport => {
  const { payload, source, receivedAt, receiptId, about } = Envelope.parse(JSON.parse(record.body))
  const place = placeOf(Number(record.attributes.SentTimestamp) - receivedAt, index)
  const receipt = { receivedAt, receiptId, place }
  return { messageId: record.messageId, source, payload: Buffer.from(payload, 'base64'), receipt, about }
}

/** The most messages in a batch. */
const maxAtOnce = 100

/**
 * The order of messages with the same receive time, as far as it can be known: by when the queue received
 * them, then by their position in the batch. A redelivered message keeps the former. `docs/architecture.md`
 * names the limits.
 */
const placeOf = (queuedAfterMs: number, index: number): number =>
  Math.min(999, Math.max(0, queuedAfterMs || 0)) * maxAtOnce + Math.min(index, maxAtOnce - 1)

export type Reports = { reports: DeviceReport[]; unreadable: string[] }

/** Caches the parsed reports of a batch for as long as the batch exists. */
const readBatches = new WeakMap<SQSEvent, Reports & { sourcePattern: RegExp }>()

/**
 * The reports in a batch. Messages from a source that cannot be a device are counted and dropped.
 * `unreadable` lists messages that none of our rules can have made; they end in the dead-letter queue.
 * Several handlers may read the same batch: with the same pattern it is parsed, counted and logged once.
 */
export const readReports = (event: SQSEvent, sourcePattern: RegExp): Reports => {
  const known = readBatches.get(event)
  if (known?.sourcePattern === sourcePattern) return known
  const read = { ...readBatch(event, sourcePattern), sourcePattern }
  readBatches.set(event, read)
  return read
}

const readBatch = (event: SQSEvent, sourcePattern: RegExp): Reports => {
  const reports: DeviceReport[] = []
  const unreadable: string[] = []
  for (const [index, record] of event.Records.entries())
    try {
      const report = readReport(record, index)
      if (sourcePattern.test(report.source)) reports.push(report)
      else count('IllegalSources')
    } catch (error) {
      log('batchItemFailed', { messageIds: [record.messageId], ...errorFields(error) })
      unreadable.push(record.messageId)
    }
  return { reports, unreadable }
}

const About = z.object({ about: z.optional(z.string()) })

const aboutOf = ({ body }: SQSEvent['Records'][number]): string | undefined => {
  const read = About.safeParse(parseJson(Buffer.from(body)))
  return read.success ? read.data.about : undefined
}

/**
 * Splits a batch by rule: messages of the queue's own rule, progress reports, and those of all other rules.
 */
export const splitBatch = ({ Records }: SQSEvent): Record<'own' | 'progress' | 'other', SQSEvent> => {
  const {
    own = [],
    progress = [],
    other = [],
  } = Object.groupBy(Records, (record) => {
    const about = aboutOf(record)
    if (about === undefined) return 'own'
    return about === 'progress' ? 'progress' : 'other'
  })
  return { own: { Records: own }, progress: { Records: progress }, other: { Records: other } }
}

/**
 * Interleaves the parts of all sources, one of each in turn, so that a source with many parts does not delay
 * the others. The order within each source stays.
 */
export const inTurns = <Part>(
  parts: readonly Part[],
  sourceOf: (part: Part) => string | undefined,
): Part[] => {
  const bySource = [...Map.groupBy(parts, sourceOf).values()]
  const most = Math.max(0, ...bySource.map(({ length }) => length))
  return Array.from({ length: most }, (_, turn) =>
    bySource.flatMap((own) => own.slice(turn, turn + 1)),
  ).flat()
}

/** Adds ids that are found while a part is handled, for the log line if it fails. */
export type AddLogIds = (ids: { uploadId?: string; listingId?: string; commandId?: string }) => void

/** How many parts of a batch are handled concurrently. */
const partsAtOnce = 25

/**
 * Handles a batch in parts. Resolves to the ids of the messages whose parts failed, so that only these are
 * delivered again (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html).
 */
export const inParts = async <Part>(
  parts: readonly Part[],
  idsOf: (part: Part) => BatchIds,
  handle: (part: Part, addLogIds: AddLogIds) => Promise<void>,
): Promise<string[]> => {
  const failed = new Set<string>()
  await eachOf(parts, partsAtOnce, async (part) => {
    const found = {}
    try {
      await handle(part, (ids) => Object.assign(found, ids))
    } catch (error) {
      const ids = idsOf(part)
      log('batchItemFailed', { ...ids, ...found, ...errorFields(error) })
      for (const messageId of ids.messageIds) failed.add(messageId)
    }
  })
  return [...failed]
}

/** The Lambda handler of a queue; `wire` runs once, on the first batch. */
export const onQueue = (wire: (env: NodeJS.ProcessEnv) => (event: SQSEvent) => Promise<string[]>) => {
  let handle: ((event: SQSEvent) => Promise<string[]>) | undefined
  return async (event: SQSEvent, invocation?: Invocation): Promise<SQSBatchResponse> => {
    handle ??= wire(process.env)
    const work = handle
    const failed = await inTime(invocation, () => counting(() => work(event)))
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) }
  }
}
