import {
  type ArchiveReport,
  type End,
  type Module,
  modules,
  type Progress,
  type Reply,
  type Step,
} from '../../protocols/dji-remote-log/facts.ts'
import { readReportedKey } from '../storage/object-key.ts'
import { storageOf } from './archives/counted-object.ts'
import { earliestObject, lookedUp, newestObject } from './archives/object-order.ts'
import { earliest, furthest, join, newest, type Registers } from './registers.ts'

/** What a message says about which upload, as facts for its registers. Pure. */

/** When and as what the broker took the message in: its clock, its id. */
export type Receipt = { receivedAt: number; receiptId: string }

/**
 * Facts about one upload: named by an object key, or by the process id, or by nothing, hence the dock's
 * active one.
 */
export type Claim =
  | { by: 'key' | 'process'; uploadId: string; facts: Registers }
  | { by: 'nothing'; facts: Registers }

export type Claims = {
  claims: Claim[]
  /** The key of an archive that another platform had the dock upload. */
  foreignKey?: string
  /** Reports whose module nothing tells. */
  withoutModule: number
}

/**
 * Sorts a progress report by upload. An object key decides; a report with a key that is not of ours moves
 * nothing. An end of the whole job counts for the upload that the report is about, unless a foreign key makes
 * that doubtful.
 */
export const claimsOf = (dockSn: string, progress: Progress, receipt: Receipt): Claims => {
  const fallback = unnamed(progress.processId)
  const byUpload = new Map<string, Claim>()
  const add = (target: Target, facts: Registers) => {
    const name = 'uploadId' in target ? target.uploadId : ''
    const known = byUpload.get(name)
    // A key binds what is said of its upload: nothing of it may go to the dock's active upload instead.
    const bound = known?.by === 'key' ? targetOf(known) : target
    byUpload.set(name, { ...bound, facts: join(known?.facts ?? {}, facts) })
  }
  let foreignKey: string | undefined
  let withoutModule = 0
  for (const report of progress.archives.slice(0, mostArchives)) {
    const archive = report.objectKey ? readReportedKey(report.objectKey) : undefined
    if (report.objectKey && archive?.dockSn !== dockSn) {
      foreignKey = report.objectKey
      continue
    }
    const target: Target = archive ? { by: 'key', uploadId: archive.uploadId } : fallback
    const about = archive ? [archive.module] : modulesOf(dockSn, report)
    if (about.length === 0) withoutModule += 1
    for (const module of about) add(target, archiveFacts(module, report, receipt))
  }
  const end = jobEnd(progress)
  if (end && !foreignKey) {
    const [about] = byUpload.values()
    add(about ? targetOf(about) : fallback, {
      jobEnd: { ...end, ...mark(receipt, endRank[end.end]) },
      ...(end.end === 'uploaded' ? { jobOk: mark(receipt) } : {}),
    })
  }
  return { claims: [...byUpload.values()], ...(foreignKey ? { foreignKey } : {}), withoutModule }
}

/**
 * The archives that a report without a key is about: its module's, the dock's own where the device is the
 * dock, and all of the job's where nothing tells them apart. An end that names no module is no archive's.
 */
const modulesOf = (dockSn: string, { module, deviceSn, end }: ArchiveReport): readonly Module[] => {
  if (module) return [module]
  if (deviceSn) return deviceSn === dockSn ? ['dock'] : ['aircraft']
  return end ? [] : modules
}

/** The vendor's limit is two, one a module; a report that names more may not cost more than these. */
const mostArchives = 4

export type Target = { by: 'key' | 'process'; uploadId: string } | { by: 'nothing' }

const targetOf = (claim: Claim): Target =>
  claim.by === 'nothing' ? { by: 'nothing' } : { by: claim.by, uploadId: claim.uploadId }

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const unnamed = (processId: string | undefined): Target =>
  processId && uuid.test(processId) ? { by: 'process', uploadId: processId } : { by: 'nothing' }

/** Of two ends in the same millisecond the one with the higher rank stands. */
const endRank: Record<End, number> = { uploaded: 4, canceled: 3, failed: 2, rejected: 1 }

/** How far along a step is. What we have no word for never passes for an advance. */
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

const archiveFacts = (module: Module, report: ArchiveReport, receipt: Receipt): Registers => {
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

/** A job that reports nothing but a non-zero result has failed; with archives, these tell. */
const jobEnd = ({
  end,
  result,
  archives,
}: Progress): { end: End; result: number | undefined } | undefined => {
  const failed = !end && archives.length === 0 && result !== undefined && result !== 0
  const told = end ?? (failed ? ('failed' as const) : undefined)
  return told ? { end: told, result } : undefined
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
 * An object that came into storage. A HEAD tells no `sequencer`; it yields to any event. Without an `etag`
 * nothing but the size is compared. A version `null` is one that the next object replaces: such an object has
 * none.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html
 */
export const objectFact = (
  module: Module,
  { sequencer, ...object }: FoundObject & { sequencer?: string | undefined },
): Registers => {
  const { at, size, etag = '', version } = object
  const order = sequencer === undefined ? lookedUp : earliestObject(sequencer)
  const found = { order, at, size, etag: etag.replaceAll('"', '') }
  return {
    [`${module}Object`]: version === undefined || version === 'null' ? found : { ...found, version },
    ...(sequencer === undefined ? {} : { [`${module}Later`]: { order: newestObject(sequencer), at } }),
  }
}

export type FoundObject = {
  at: number
  size: number
  etag?: string | undefined
  version?: string | undefined
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
  const { object, later, absent } = storageOf(registers, module)
  return {
    [`${module}Deleted`]: {
      ...mark({ receivedAt: at, receiptId: id }),
      by,
      object,
      later,
      absent: absent || undefined,
    },
  }
}
