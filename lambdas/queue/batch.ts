import type { SQSBatchResponse, SQSEvent } from 'aws-lambda'
import * as z from 'zod/mini'
import { parseJson } from '../../protocols/json.ts'
import { eachOf } from '../runtime/each-of.ts'
import { errorFields } from '../runtime/error-fields.ts'
import { type BatchIds, log } from '../runtime/log.ts'
import { count, counting } from '../runtime/telemetry.ts'
import { type Invocation, inTime } from '../runtime/time-left.ts'
import type { Receipt } from './receipt.ts'

/** What a topic rule hands over: the payload as the device sent it, and who sent it, by the topic. */
const Envelope = z.object({
  payload: z.string(),
  source: z.string(),
  receivedAt: z.number(),
  receiptId: z.string(),
  about: z.optional(z.string()),
})

/** `about` tells the rules apart that share a queue. */
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

/** Messages that a function is given at once, at most. */
const mostAtOnce = 100

/**
 * The order among messages of the same receive time, as far as anybody knows it: when the queue got them,
 * then how it handed them out. A message that comes again keeps the first of the two. `docs/architecture.md`
 * says what this cannot tell.
 */
const placeOf = (queuedAfterMs: number, index: number): number =>
  Math.min(999, Math.max(0, queuedAfterMs || 0)) * mostAtOnce + Math.min(index, mostAtOnce - 1)

export type Reports = { reports: DeviceReport[]; unreadable: string[] }

/** What was read last of a batch, as long as that is there. */
const readBatches = new WeakMap<SQSEvent, Reports & { sourcePattern: RegExp }>()

/**
 * The reports in a batch. A source that no device can have, which only the topic of a stranger holds, is
 * counted and dropped. `unreadable` are messages that no rule of ours can have made: they end in the dead
 * letters. Several take the same batch: what they read by the same pattern is read, counted and logged once.
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
 * A batch in three: what the queue is named for, progress that other rules put into it, and what else they do.
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
 * The same parts, one of each source in turn: whoever has many in a batch keeps nobody waiting who has few.
 * Those of one source stay in their order.
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

/** What is learned of a part while it is handled, for the log line should it fail. */
export type Learn = (ids: { uploadId?: string; listingId?: string; commandId?: string }) => void

/** Parts of a batch that are handled side by side. */
const partsAtOnce = 25

/**
 * Handles a batch of a queue in parts, and reports the messages of those parts that failed, so that only
 * these come again (Lambda Developer Guide, "Reporting batch item failures").
 */
export const inParts = async <Part>(
  parts: readonly Part[],
  idsOf: (part: Part) => BatchIds,
  handle: (part: Part, learn: Learn) => Promise<void>,
): Promise<string[]> => {
  const failed = new Set<string>()
  await eachOf(parts, partsAtOnce, async (part) => {
    const learned = {}
    try {
      await handle(part, (ids) => Object.assign(learned, ids))
    } catch (error) {
      const ids = idsOf(part)
      log('batchItemFailed', { ...ids, ...learned, ...errorFields(error) })
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
