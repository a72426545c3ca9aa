import type { Module } from '../../protocols/dji-remote-log/facts.ts'
import { type Storage, storageOf, type Verification, verificationOf } from './archives/counted-object.ts'
import { isAfter } from './archives/object-order.ts'
import { cancelGraceMs } from './deadlines.ts'
import type { Deletion, RegisterName, Registers } from './registers.ts'
import type { ReportedEnd } from './reported-ends.ts'
import { okToVerify, reportedEnd, withSize } from './reported-ends.ts'
import type { UploadState } from './upload-states.ts'

/** The state of an upload: computed from its registers and the time, never stored as the truth. Pure. */

/**
 * What is fixed when an upload is opened. Times are epoch ms. `answerBy`: when the start message expires;
 * `deadlineAt`: when we stop waiting for the dock.
 */
export type UploadTerms = {
  modules: readonly Module[]
  createdAt: number
  answerBy: number
  deadlineAt: number
  finishBy?: number | undefined
  /** The budget of automatic follow-ups; absent: there are none. */
  sequel?: FollowUpBudget | undefined
}

/**
 * How many follow-ups of each kind are left. `logs`: the number of logs in each archive, in the order of
 * `modules`.
 */
export type FollowUpBudget = {
  retriesLeft: number
  retriesUsed: number
  halvingsLeft: number
  partsLeft: number
  logs: readonly number[]
}

export type ArchiveState = {
  state: UploadState
  end?: ReportedEnd | undefined
  verification?: Verification | undefined
  deletion?: Deletion | undefined
  /**
   * When another object was put under the archive's key after the one that counts: epoch ms. It changes
   * nothing else.
   */
  overwrittenAt?: number | undefined
  /** When the dock reported `ok` after another end, if storage has shown nothing since: epoch ms. */
  claimedAt?: number | undefined
}

export type UploadStatus = {
  state: UploadState
  archives: Partial<Record<Module, ArchiveState>>
  /** While true, the upload holds the dock's slot, because the dock may still be working on it. */
  open: boolean
  /** When the sweep has to check the upload, if ever. */
  checkAt?: number
}

const advancing: readonly UploadState[] = ['requested', 'accepted', 'uploading']
const arrived: readonly UploadState[] = ['uploaded', 'verified']

export const uploadStatus = (terms: UploadTerms, registers: Registers, now: number): UploadStatus => {
  const archives = Object.fromEntries(
    terms.modules.map((module) => [module, archiveState(terms, registers, module, now)]),
  ) as UploadStatus['archives']
  const states = terms.modules.map((module) => archives[module]?.state ?? 'requested')
  const open = states.some((state) => advancing.includes(state))
  const checkAt = nextCheck(terms, registers, archives, open)
  return { state: overallState(states), archives, open, ...(checkAt === undefined ? {} : { checkAt }) }
}

/** The archives that the dock may still be working on. */
export const openModules = ({ modules }: UploadTerms, { archives }: UploadStatus): Module[] =>
  modules.filter((module) => advancing.includes(archives[module]?.state ?? 'requested'))

/** What a dock reports about an upload. */
const reports = [
  'answer',
  'aircraftProgress',
  'dockProgress',
  'aircraftEnd',
  'dockEnd',
  'jobEnd',
  'aircraftOk',
  'dockOk',
  'jobOk',
] as const satisfies readonly RegisterName[]

/** When the dock last reported something new about this upload; undefined: not yet. */
export const lastAdvance = (registers: Registers): number | undefined => {
  const times = reports.flatMap((name) => registers[name]?.at ?? [])
  return times.length > 0 ? Math.max(...times) : undefined
}

/** An open upload is as far as its furthest archive, because docks work on one archive after the other. */
const overallState = (states: readonly UploadState[]): UploadState => {
  if (states.some((state) => advancing.includes(state)))
    return (
      (['requested', 'accepted'] as const).find((state) => states.every((one) => one === state)) ??
      'uploading'
    )
  const [first, ...others] = states
  if (first && others.every((state) => state === first)) return first
  return states.every((state) => arrived.includes(state)) ? 'uploaded' : 'partial'
}

const archiveState = (
  terms: UploadTerms,
  registers: Registers,
  module: Module,
  now: number,
): ArchiveState => {
  const deletion = registers[`${module}Deleted`]
  const state = stateBeforeDeletion(terms, registers, module, now)
  const overwrittenAt = advancing.includes(state.state) ? undefined : overwritingOf(registers, module)
  return {
    ...state,
    ...(deletion ? { deletion } : {}),
    ...(overwrittenAt === undefined ? {} : { overwrittenAt }),
  }
}

const stateBeforeDeletion = (
  terms: UploadTerms,
  registers: Registers,
  module: Module,
  now: number,
): ArchiveState => {
  const end = reportedEnd(registers, module)
  const storage = storageOf(registers, module)
  const { object } = storage
  if (end?.end === 'uploaded') return arrival(withSize(end, registers, module), storage)
  if (end) return afterOtherEnd(end, okToVerify(registers, module), storage)
  if (now >= giveUpAt(terms, registers)) return { state: object ? 'uploaded' : stateWithoutEnd(registers) }
  if (registers[`${module}Progress`] || object) return { state: 'uploading' }
  return { state: registers.answer ? 'accepted' : 'requested' }
}

/** Only meaningful after the archive's end: while the dock uploads, its own object is not known yet. */
const overwritingOf = (registers: Registers, module: Module): number | undefined => {
  const { object, later } = storageOf(registers, module)
  return later && object && isAfter(later, object) ? later.at : undefined
}

/**
 * The first end that a dock reports counts, but docks sometimes continue after it. A later `ok` is believed
 * only if storage holds an object of that size, and of that MD5 if the dock reported one. Otherwise the `ok`
 * is only a reason to check storage.
 */
const afterOtherEnd = (end: ReportedEnd, ok: ReportedEnd | undefined, storage: Storage): ArchiveState => {
  if (!ok) return { state: end.end, end }
  if (verificationOf(ok, storage) === 'verified')
    return { state: 'verified', end: ok, verification: 'verified' }
  return { state: end.end, end, ...(storage.object || storage.absent ? {} : { claimedAt: ok.at }) }
}

const arrival = (end: ReportedEnd, storage: Storage): ArchiveState => {
  if (!storage.object && storage.absent) return { state: 'missing', end, verification: 'absent' }
  if (!storage.object) return { state: 'uploaded', end }
  const verification = verificationOf(end, storage)
  return { state: verification === 'verified' ? 'verified' : 'uploaded', end, verification }
}

/**
 * When an archive without a reported end is given up. If nothing shows that the dock began: when sending the
 * start failed, or else when it expires. After a cancel: `cancelGraceMs` after the cancel or the dock's last
 * report, whichever is later, but never after the deadline.
 */
export const giveUpAt = (terms: UploadTerms, registers: Registers): number => {
  const heard = lastAdvance(registers)
  const { cancel, notSent } = registers
  const stored = terms.modules.some((module) => storageOf(registers, module).object)
  if (heard === undefined && !stored) return notSent ? notSent.at : terms.answerBy
  if (!cancel) return terms.deadlineAt
  return Math.min(terms.deadlineAt, Math.max(cancel.at, heard ?? 0) + cancelGraceMs)
}

const stateWithoutEnd = (registers: Registers): UploadState =>
  registers.notSent && lastAdvance(registers) === undefined ? 'failed' : 'timedOut'

/**
 * While open: when to give up, or at `finishBy` to ask the dock to stop, whichever is earlier. After the end:
 * when an archive whose proof is awaited was reported.
 */
const nextCheck = (
  terms: UploadTerms,
  registers: Registers,
  archives: UploadStatus['archives'],
  open: boolean,
): number | undefined => {
  if (!open) {
    const ends = terms.modules.flatMap((module) => {
      const { state, end, deletion, claimedAt } = archives[module] ?? {}
      if (deletion) return []
      const awaited = state === 'uploaded' && !registers[`${module}Object`] ? end?.at : claimedAt
      return awaited === undefined ? [] : [awaited]
    })
    return ends.length > 0 ? Math.min(...ends) : undefined
  }
  const cancelAt = registers.cancel ? undefined : terms.finishBy
  return Math.min(giveUpAt(terms, registers), cancelAt ?? Number.POSITIVE_INFINITY)
}
