import type * as z from 'zod/mini'
import type { Module } from '../../protocols/dji-remote-log/facts.ts'
import { iso } from '../http/iso.ts'
import { storageOf } from './archives/counted-object.ts'
import { stalledAfterMs } from './deadlines.ts'
import { explained, failureOf } from './failure.ts'
import type { HotUpload } from './hot-item.ts'
import { type ArchiveProgress, type Registers, registerNames } from './registers.ts'
import type { ReportedEnd } from './reported-ends.ts'
import type { UploadRequest } from './request.ts'
import { followUp } from './series.ts'
import type { Upload } from './shapes.ts'
import { type ArchiveState, lastAdvance, type UploadStatus, uploadStatus } from './state.ts'
import type { UploadWithoutRequest } from './store.ts'

/** An upload as the API shows it: its request, and its state computed from the registers. Pure. */

export type UploadView = z.infer<typeof Upload>
type ArchiveView = UploadView['archives'][number]
export const uploadView = (
  request: UploadRequest,
  { terms, registers }: HotUpload,
  now: number,
): UploadView => {
  const status = uploadStatus(terms, registers, now)
  const next = followUp(terms, registers, status, now)
  const archives = request.archives.map((archive) => archiveView(archive, status, registers))
  const failure = archives.find((archive) => archive.failure)?.failure
  const { id, dockSn, fleet, requestedBy, note } = request
  const { cancelAnswer } = registers
  const isCancelRefused = cancelAnswer && (cancelAnswer.result !== 0 || cancelAnswer.refused)
  return {
    id,
    dockSn,
    fleet,
    state: status.state,
    createdAt: iso(terms.createdAt),
    updatedAt: iso(Math.max(terms.createdAt, ...registerNames.map((name) => registers[name]?.at ?? 0))),
    deadlineAt: iso(terms.deadlineAt),
    finishBy: isoOf(terms.finishBy),
    stalledSince: stalledSince(status, registers, now),
    cancelRequestedAt: isoOf(registers.cancel?.at),
    cancelFailure:
      isCancelRefused && status.state !== 'canceled' ? explained(cancelAnswer.result) : undefined,
    requestedBy,
    note,
    archives,
    failure,
    estimatedSeconds: request.estimatedSeconds,
    attempt: request.attempt ?? 1,
    retryOf: request.retryOf,
    startedAs: request.startedAs,
    cause: request.cause,
    retriedBy: registers.successor?.id,
    latestTry: registers.latestTry?.id,
    nextTry: next && { at: iso(next.at), kind: next.kind },
    retriesLeft: terms.sequel?.retriesLeft || undefined,
    partsLeft: terms.sequel?.partsLeft || undefined,
  }
}

const archiveView = (
  { module, objectKey, bootIndexes }: UploadRequest['archives'][number],
  status: UploadStatus,
  registers: Registers,
): ArchiveView => {
  const { state, end, verification, deletion, overwrittenAt }: ArchiveState = status.archives[module] ?? {
    state: 'requested',
  }
  const progress = registers[`${module}Progress`]
  const finishedAt = end?.end === 'uploaded' ? (end.finished ?? end.at) : undefined
  return {
    module,
    objectKey,
    bootIndexes: [...bootIndexes],
    state,
    step: state === 'uploading' ? progress?.step : undefined,
    percent: archivePercent(end, progress),
    sizeBytes: end?.size ?? progress?.size ?? storageOf(registers, module).object?.size,
    fingerprint: end?.md5 ?? progress?.md5,
    uploadRate: end?.rate ?? progress?.rate,
    bytesPerSecond: bytesPerSecond(module, registers, end),
    finishedAt: isoOf(finishedAt),
    verification,
    overwrittenAt: isoOf(overwrittenAt),
    unpinned: isUnpinned(registers, module) || undefined,
    deletedAt: isoOf(deletion?.at),
    deletedBy: deletion?.by,
    failure: failureOf({ state, end, verification }, registers),
  }
}

/** Whether another object under the key would replace the archive. */
const isUnpinned = (registers: Registers, module: ArchiveView['module']): boolean => {
  const { object } = storageOf(registers, module)
  return object !== undefined && object.version === undefined && !registers[`${module}Deleted`]
}

const archivePercent = (end: ReportedEnd | undefined, progress: ArchiveProgress | undefined): number =>
  end?.end === 'uploaded' ? 100 : percent(progress)

/** The progress of an upload, averaged over its archives; undefined once it has ended. */
export const advanceOf = (
  { terms, registers }: HotUpload,
  now: number,
): { state: UploadView['state']; percent: number; stalledSince: string | undefined } | undefined => {
  const status = uploadStatus(terms, registers, now)
  const { state, open, archives } = status
  const percents = terms.modules.map((module) =>
    archivePercent(archives[module]?.end, registers[`${module}Progress`]),
  )
  const sum = percents.reduce((total, one) => total + one, 0)
  return open
    ? {
        state,
        percent: Math.round(sum / percents.length),
        stalledSince: stalledSince(status, registers, now),
      }
    : undefined
}

/** How an upload ended; undefined while it is open. */
export const endSummary = (
  { id, hot: { terms, registers } }: UploadWithoutRequest,
  now: number,
): { id: string; state: UploadView['state']; createdAt: string } | undefined => {
  const { state, open } = uploadStatus(terms, registers, now)
  return open ? undefined : { id, state, createdAt: iso(terms.createdAt) }
}

/** The percentage of the whole archive if the dock reports its number of steps, else of the current step. */
const percent = (progress: ArchiveProgress | undefined): number => {
  const { n, of, pct = 0 } = progress ?? {}
  const whole = n && of ? ((n - 1) * 100 + pct) / of : pct
  return Math.round(Math.min(100, Math.max(0, whole)))
}

/**
 * Our own measurement: the bytes uploaded between the first and the last report of uploading, by the broker's
 * clock.
 */
const bytesPerSecond = (
  module: Module,
  registers: Registers,
  end: ReportedEnd | undefined,
): number | undefined => {
  const began = registers[`${module}Began`]
  const progress = registers[`${module}Progress`]
  const last =
    end?.end === 'uploaded'
      ? { at: end.at, pct: 100, size: end.size ?? progress?.size }
      : progress?.step === 'uploading'
        ? { at: progress.at, pct: progress.pct ?? 0, size: progress.size }
        : undefined
  if (!began || !last?.size || last.at <= began.at || last.pct <= began.pct) return undefined
  const rate = Math.round((last.size * (last.pct - began.pct) * 10) / (last.at - began.at))
  return Math.min(rate, Number.MAX_SAFE_INTEGER)
}

const stalledSince = (status: UploadStatus, registers: Registers, now: number): string | undefined => {
  const heard = lastAdvance(registers)
  return status.open && heard !== undefined && now - heard >= stalledAfterMs ? iso(heard) : undefined
}
const isoOf = (at: number | undefined): string | undefined => (at === undefined ? undefined : iso(at))

/** Whether an upload is open or has an automatic follow-up due. */
export const isUnderWay = ({ terms, registers }: HotUpload, now: number): boolean => {
  const status = uploadStatus(terms, registers, now)
  return status.open || followUp(terms, registers, status, now) !== undefined
}

export const uploadHref = (dockSn: string, id: string): string => `/v1/docks/${dockSn}/log-uploads/${id}`
