import type {
  ArchiveReport,
  End,
  Module,
  Progress,
  Reply,
  Step,
} from '../../protocols/dji-remote-log/facts.ts'
import { storageOf } from './archives/counted-object.ts'
import { earliestObject, lookedUp, newestObject } from './archives/object-order.ts'
import { earliest, furthest, newest, type Registers } from './registers.ts'

/** What a dock, storage, or we ourselves say about an upload, as facts for its registers. Pure. */

/** When and as what the broker took the message in: its clock, its id. */
export type Receipt = { receivedAt: number; receiptId: string }

/** Of two ends in the same millisecond the one with the higher rank stands. */
const endRank: Record<End, number> = { uploaded: 4, canceled: 3, failed: 2, rejected: 1 }

/** How far along a step is. A step that we do not know never counts as progress. */
const stepRank: Record<Step, number> = {
  unknown: 0,
  sent: 1,
  pulling: 2,
  packing: 3,
  uploading: 4,
  inProgress: 4,
  paused: 4,
}

const mark = ({ receivedAt, receiptId }: Receipt, rank = 0) => ({
  order: earliest(receivedAt, receiptId, rank),
  at: receivedAt,
})

export const archiveFacts = (module: Module, report: ArchiveReport, receipt: Receipt): Registers => {
  const { sizeBytes: size, uploadRate: rate, fingerprint: md5, finishedAt: finished, result } = report
  if (report.end) {
    const end = { end: report.end, ...mark(receipt, endRank[report.end]) }
    const ok = report.end === 'uploaded' ? { [`${module}Ok`]: { ...mark(receipt), size, md5, finished } } : {}
    return { [`${module}End`]: { ...end, result, size, rate, md5, finished }, ...ok }
  }
  const { step = 'unknown', stepNumber: n, stepCount: of, stepPercent: pct } = report
  const at = receipt.receivedAt
  const position = stepRank[step] * 1_000_000 + within(n) * 1_000 + within(pct)
  const order = furthest(position, at, receipt.receiptId)
  return {
    [`${module}Progress`]: { order, at, step, n, of, pct, size, rate, md5 },
    ...(step === 'uploading' ? { [`${module}Began`]: { ...mark(receipt), pct: pct ?? 0 } } : {}),
  }
}

const within = (value = 0): number => Math.min(999, Math.max(0, Math.trunc(value)))

/**
 * The end of the whole job, if a report tells one. A job that reports nothing but a non-zero result has
 * failed; where archives are listed, their own states decide.
 */
export const jobFacts = ({ end, result, archives }: Progress, receipt: Receipt): Registers | undefined => {
  const failed = !end && archives.length === 0 && result !== undefined && result !== 0
  const told = end ?? (failed ? 'failed' : undefined)
  if (!told) return undefined
  return {
    jobEnd: { end: told, result, ...mark(receipt, endRank[told]) },
    ...(told === 'uploaded' ? { jobOk: mark(receipt) } : {}),
  }
}

/** The dock's answer to a start or a cancel. */
export const answerFacts = (to: 'start' | 'cancel', reply: Reply, receipt: Receipt): Registers => {
  const { receivedAt: at, receiptId } = receipt
  const said = { result: reply.result, ...(reply.refused ? { refused: true } : {}) }
  if (to === 'start') return { answer: { ...mark(receipt), ...said } }
  return { cancelAnswer: { order: newest(at, receiptId), at, ...said } }
}

/** Our own conclusions and requests; `id` stands for the receipt. */
export const ownFact = (
  register: 'cancel' | 'stopAsked' | 'notSent' | 'aircraftAbsent' | 'dockAbsent',
  at: number,
  id: string,
): Registers => ({
  [register]: mark({ receivedAt: at, receiptId: id }),
})

/**
 * An object that came into storage. What a HEAD found has no `sequencer`, so any event replaces it. Without an `etag`
 * nothing but the size is compared. A version `null` is one that the next object replaces: such an object has
 * none.
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

/** That storage told of more objects under an archive's key than are kept; the same however often it is found. */
export const crowdedFact = (module: Module, at: number): Registers => ({
  [`${module}Crowded`]: { order: '1', at },
})

export type FoundObject = {
  at: number
  size: number
  etag?: string | undefined
  version?: string | undefined
  /** S3's own order; a look into storage has none. */
  sequencer?: string | undefined
}

/**
 * That somebody had an archive deleted, with what storage had said of it until then: what it says later, of
 * the deletion or of another upload to the same key, must not change what is known of the archive.
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
