import type {
  ArchiveReport,
  End,
  Module,
  Progress,
  Reply,
  Step,
} from '../../protocols/dji-remote-log/facts.ts'
import type { Receipt } from '../queue/receipt.ts'
import { storageOf } from './archives/counted-object.ts'
import { earliestObject, lookedUp, newestObject } from './archives/object-order.ts'
import { earliest, furthest, newest, type Registers } from './registers.ts'

/** Turns reports of docks, events of storage and our own conclusions into facts for registers. Pure. */

/** If two ends are received in the same millisecond, the one with the higher priority counts. */
const endPriority: Record<End, number> = { uploaded: 4, canceled: 3, failed: 2, rejected: 1 }

/** How far along a step is. An unknown step never counts as progress. */
const stepPosition: Record<Step, number> = {
  unknown: 0,
  sent: 1,
  pulling: 2,
  packing: 3,
  uploading: 4,
  inProgress: 4,
  paused: 4,
}

const mark = ({ receivedAt, receiptId }: Receipt, priority = 0) => ({
  order: earliest(receivedAt, receiptId, priority),
  at: receivedAt,
})

export const archiveFacts = (module: Module, report: ArchiveReport, receipt: Receipt): Registers => {
  const { sizeBytes: size, uploadRate: rate, fingerprint: md5, finishedAt: finished, result } = report
  if (report.end) {
    const end = { end: report.end, ...mark(receipt, endPriority[report.end]) }
    const ok = report.end === 'uploaded' ? { [`${module}Ok`]: { ...mark(receipt), size, md5, finished } } : {}
    return { [`${module}End`]: { ...end, result, size, rate, md5, finished }, ...ok }
  }
  const { step = 'unknown', stepNumber: n, stepCount: of, stepPercent: pct } = report
  const at = receipt.receivedAt
  const position = stepPosition[step] * 1_000_000 + within(n) * 1_000 + within(pct)
  const order = furthest(position, at, receipt.receiptId)
  return {
    [`${module}Progress`]: { order, at, step, n, of, pct, size, rate, md5 },
    ...(step === 'uploading' ? { [`${module}Began`]: { ...mark(receipt), pct: pct ?? 0 } } : {}),
  }
}

const within = (value = 0): number => Math.min(999, Math.max(0, Math.trunc(value)))

/**
 * The end of the whole upload, if a report has one. A report with nothing but a non-zero result means that
 * the upload failed. If the report lists archives, their own states decide.
 */
export const jobFacts = ({ end, result, archives }: Progress, receipt: Receipt): Registers | undefined => {
  const failed = !end && archives.length === 0 && result !== undefined && result !== 0
  const reported = end ?? (failed ? 'failed' : undefined)
  if (!reported) return undefined
  return {
    jobEnd: { end: reported, result, ...mark(receipt, endPriority[reported]) },
    ...(reported === 'uploaded' ? { jobOk: mark(receipt) } : {}),
  }
}

/** The dock's answer to a start or a cancel. */
export const answerFacts = (to: 'start' | 'cancel', reply: Reply, receipt: Receipt): Registers => {
  const { receivedAt: at, receiptId } = receipt
  const outcome = { result: reply.result, ...(reply.refused ? { refused: true } : {}) }
  if (to === 'start') return { answer: { ...mark(receipt), ...outcome } }
  return { cancelAnswer: { order: newest(at, receiptId), at, ...outcome } }
}

/** Our own conclusions and requests; `id` takes the place of the receipt id. */
export const ownFact = (
  register: 'cancel' | 'stopAsked' | 'notSent' | 'aircraftAbsent' | 'dockAbsent',
  at: number,
  id: string,
): Registers => ({
  [register]: mark({ receivedAt: at, receiptId: id }),
})

/**
 * An object in storage. One that a HEAD request found has no `sequencer`, so any event replaces it. Without
 * an `etag` only the size is compared. Version `null` means that the bucket keeps no versions and the next
 * object replaces this one, so it is left out.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html
 */
export const objectFact = (module: Module, { sequencer, ...object }: FoundObject): Registers => {
  const { at, size, etag = '', version } = object
  const order = sequencer === undefined ? lookedUp : earliestObject(sequencer)
  const found = { order, at, size, etag: etag.replaceAll('"', '') }
  return {
    [`${module}Object`]: version === undefined || version === 'null' ? found : { ...found, version },
    ...(sequencer === undefined ? {} : { [`${module}Later`]: { order: newestObject(sequencer), at } }),
  }
}

/** Storage reported more objects under an archive's key than we keep. A repeat is the same fact. */
export const crowdedFact = (module: Module, at: number): Registers => ({
  [`${module}Crowded`]: { order: '1', at },
})

export type FoundObject = {
  at: number
  size: number
  etag?: string | undefined
  version?: string | undefined
  /** S3's order of the events of a key; absent in objects that were found by a request. */
  sequencer?: string | undefined
}

/**
 * Somebody had an archive deleted. Keeps what was known of storage until then: later events, of the deletion
 * or of another object under the key, must not change what is known of the archive.
 */
export const deletionFact = (
  module: Module,
  registers: Registers,
  { at, by, id }: { at: number; by: string; id: string },
): Registers => {
  const { object, later, absent, crowded } = storageOf(registers, module)
  return {
    [`${module}Deleted`]: {
      ...mark({ receivedAt: at, receiptId: id }),
      by,
      object,
      later,
      absent: absent || undefined,
      crowded: crowded || undefined,
    },
  }
}
