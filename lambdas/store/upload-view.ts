import type * as z from 'zod/mini'
import type { Module } from '../../protocols/dji-remote-log/facts.ts'
import { explainResult } from '../../protocols/dji-remote-log/results.ts'
import type { Upload } from '../shapes.ts'
import type { HotUpload } from './hot-upload.ts'
import { type ArchiveProgress, type Registers, registerNames } from './registers.ts'
import {
  type ArchiveState,
  lastAdvance,
  type Settled,
  settle,
  stalledAfterMs,
  type ToldEnd,
} from './upload-state.ts'

/** An upload as operators see it: what was asked for, and what the registers mean now. Pure. */

export type UploadView = z.infer<typeof Upload>
type ArchiveView = UploadView['archives'][number]
type Failure = NonNullable<UploadView['failure']>

/** What was asked for; `UPLOAD#{id}#request`. Times are epoch ms. */
export type UploadRequest = {
  id: string
  dockSn: string
  fleet: string
  requestedBy: string
  note?: string | undefined
  archives: { module: Module; objectKey: string; bootIndexes: number[] }[]
}

export const uploadView = (
  request: UploadRequest,
  { terms, registers }: HotUpload,
  now: number,
): UploadView => {
  const settled = settle(terms, registers, now)
  const archives = request.archives.map((archive) => archiveView(archive, settled, registers))
  const failure = archives.find((archive) => archive.failure)?.failure
  const { id, dockSn, fleet, requestedBy, note } = request
  const cancelResult = registers.cancelAnswer?.result
  return {
    id,
    dockSn,
    fleet,
    state: settled.state,
    createdAt: iso(terms.createdAt),
    updatedAt: iso(Math.max(terms.createdAt, ...registerNames.map((name) => registers[name]?.at ?? 0))),
    deadlineAt: iso(terms.deadlineAt),
    finishBy: isoOf(terms.finishBy),
    stalledSince: stalledSince(settled, registers, now),
    cancelRequestedAt: isoOf(registers.cancel?.at),
    cancelFailure: cancelResult && settled.state !== 'canceled' ? explained(cancelResult) : undefined,
    requestedBy,
    note,
    archives,
    failure,
  }
}

const archiveView = (
  { module, objectKey, bootIndexes }: UploadRequest['archives'][number],
  settled: Settled,
  registers: Registers,
): ArchiveView => {
  const { state, end, verification }: ArchiveState = settled.archives[module] ?? { state: 'requested' }
  const progress = registers[`${module}Progress`]
  const finishedAt = end?.end === 'uploaded' ? (end.finished ?? end.at) : undefined
  return {
    module,
    objectKey,
    bootIndexes,
    state,
    step: state === 'uploading' ? progress?.step : undefined,
    percent: end?.end === 'uploaded' ? 100 : percent(progress),
    sizeBytes: end?.size ?? progress?.size ?? registers[`${module}Object`]?.size,
    fingerprint: end?.md5 ?? progress?.md5,
    uploadRate: end?.rate ?? progress?.rate,
    bytesPerSecond: bytesPerSecond(module, registers, end),
    finishedAt: isoOf(finishedAt),
    verification,
    failure: failureOf({ state, end, verification }, registers),
  }
}

/** Of the whole archive where the dock says how many steps there are, else of the step it is at. */
const percent = (progress: ArchiveProgress | undefined): number => {
  const { n, of, pct = 0 } = progress ?? {}
  const whole = n && of ? ((n - 1) * 100 + pct) / of : pct
  return Math.round(Math.min(100, Math.max(0, whole)))
}

/** Our own measure: what was uploaded between the first and the last report of uploading, by the broker's clock. */
const bytesPerSecond = (
  module: Module,
  registers: Registers,
  end: ToldEnd | undefined,
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
  return Math.round((last.size * (last.pct - began.pct) * 10) / (last.at - began.at))
}

const stalledSince = (settled: Settled, registers: Registers, now: number): string | undefined => {
  const heard = lastAdvance(registers)
  return settled.open && heard !== undefined && now - heard >= stalledAfterMs ? iso(heard) : undefined
}

const explained = (result: number): Failure => {
  const { code, reason, advice, retryable } = explainResult(result)
  return { code, reason, advice, retryable }
}

const failureOf = ({ state, end, verification }: ArchiveState, registers: Registers): Failure | undefined => {
  if (end?.result && end.end !== 'uploaded') return explained(end.result)
  if (verification === 'sizeDiffers' || verification === 'checksumDiffers') return ourFailures[verification]
  if (state === 'timedOut') return silence(registers)
  if (state === 'failed' && !end) return ourFailures.notSent
  return state === 'failed' || state === 'rejected' || state === 'missing' ? ourFailures[state] : undefined
}

const silence = (registers: Registers): Failure => {
  if (lastAdvance(registers) === undefined) return ourFailures.noAnswer
  return registers.cancel ? ourFailures.cancelUnanswered : ourFailures.timedOut
}

/** What we conclude ourselves, or what a dock says without giving a code. */
const ourFailures = {
  noAnswer: {
    code: 'noAnswer',
    reason: 'The dock did not answer.',
    advice: 'Check that the dock has power and network, then start the upload again.',
    retryable: true,
  },
  cancelUnanswered: {
    code: 'cancelUnanswered',
    reason: 'The dock was asked to stop and has told nothing of the upload since.',
    advice: 'It may have lost the upload in a restart. Start it again if you still need the logs.',
    retryable: true,
  },
  timedOut: {
    code: 'timedOut',
    reason: 'The dock did not report an end before its credentials expired.',
    advice: 'Check the dock and its uplink, then upload fewer logs at a time.',
    retryable: true,
  },
  notSent: {
    code: 'notSent',
    reason: 'The command could not be sent, so the dock was not asked.',
    advice: 'Start the upload again; if that fails too, look at the alarms of the backend.',
    retryable: true,
  },
  failed: {
    code: 'failed',
    reason: 'The dock says that the upload failed, without a code.',
    advice: 'Start the upload again; if that fails too, look at the dock.',
    retryable: true,
  },
  rejected: {
    code: 'rejected',
    reason: 'The dock refused the upload, without a code.',
    advice: 'Start the upload again when the dock is idle.',
    retryable: true,
  },
  missing: {
    code: 'missing',
    reason: 'The dock says that it uploaded the archive, but storage does not hold it.',
    advice: 'Start the upload again; if that fails too, check which bucket and endpoint the dock reaches.',
    retryable: true,
  },
  sizeDiffers: {
    code: 'sizeDiffers',
    reason: 'The archive in storage has another size than the dock says.',
    advice: 'Do not rely on this archive: start the upload again.',
    retryable: true,
  },
  checksumDiffers: {
    code: 'checksumDiffers',
    reason: 'The archive in storage has another MD5 than the dock says.',
    advice: 'Do not rely on this archive: start the upload again.',
    retryable: true,
  },
} as const satisfies Record<string, Failure>

export const iso = (at: number): string => new Date(at).toISOString()
const isoOf = (at: number | undefined): string | undefined => (at === undefined ? undefined : iso(at))
