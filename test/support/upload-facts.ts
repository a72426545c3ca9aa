import { claimsOf } from '../../lambdas/logs/claims.ts'
import { answerFacts, objectFact, ownFact } from '../../lambdas/logs/facts.ts'
import { join, type Registers } from '../../lambdas/logs/registers.ts'
import { type UploadStatus, type UploadTerms, uploadStatus } from '../../lambdas/logs/state.ts'
import type { ArchiveReport, End, Module } from '../../protocols/dji-remote-log/facts.ts'

/**
 * Facts about one upload, as the product makes them of messages, and what they mean together. Times are ms
 * after `opened`.
 */

/** Epoch ms at which the upload opens. */
export const opened = 1_800_000_000_000
export const seconds = (count: number): number => count * 1_000
export const minutes = (count: number): number => count * 60_000

export const terms = (more: Partial<UploadTerms> = {}): UploadTerms => ({
  modules: ['aircraft', 'dock'],
  createdAt: opened,
  answerBy: opened + seconds(15),
  deadlineAt: opened + minutes(65),
  ...more,
})

const received = (at: number) => ({ receivedAt: opened + at, receiptId: `receipt${at}` })

/** The dock's reply to the start. */
export const answered = (at: number, result = 0): Registers =>
  answerFacts('start', { commandId: 'start', result, modules: [] }, received(at))

/** What a progress report of these archives says. */
export const reported = (at: number, ...archives: ArchiveReport[]): Registers =>
  factsOf(at, { archives: archives })

/** A report of one archive that is being uploaded. */
export const uploading = (at: number, module: Module, stepPercent = 10): Registers =>
  reported(at, { module, step: 'uploading', stepPercent })

/** The dock's word on how an archive ended; its size is that of `stored` unless more is said. */
export const ended = (
  at: number,
  module: Module,
  end: End,
  more: Partial<ArchiveReport> = { sizeBytes: 400 },
): Registers => reported(at, { module, end, ...more })

/** The dock's word on how the whole job ended. */
export const jobEnded = (at: number, end: End, result = 0): Registers =>
  factsOf(at, { archives: [], end, result })

const factsOf = (
  at: number,
  progress: { archives: ArchiveReport[]; end?: End; result?: number },
): Registers =>
  claimsOf('DOCK1', { ...progress, gatewayContradicts: false }, received(at)).claims[0]?.facts ?? {}

/** An object that arrived in storage. */
export const stored = (
  at: number,
  module: Module,
  { size = 400, etag = 'multipart-2' }: { size?: number; etag?: string } = {},
): Registers =>
  objectFact(module, { size, etag, sequencer: at.toString(16).padStart(18, '0'), at: opened + at })

export const absent = (at: number, module: Module): Registers =>
  ownFact(`${module}Absent`, opened + at, 'upload-1')
export const cancelled = (at: number): Registers => ownFact('cancel', opened + at, 'command-1')
export const notSent = (at: number): Registers => ownFact('notSent', opened + at, 'command-1')

/** What all of these facts leave in the registers. */
export const registersOf = (...facts: readonly Registers[]): Registers => facts.reduce(join, {})

/** What these facts mean at a time. */
export const statusAt = (at: number, facts: readonly Registers[], of: UploadTerms = terms()): UploadStatus =>
  uploadStatus(of, registersOf(...facts), opened + at)

/** The states of the job, the aircraft's archive and the dock's, in a line. */
export const statesAt = (at: number, facts: readonly Registers[], of?: UploadTerms): string => {
  const { state, archives } = statusAt(at, facts, of)
  return [state, archives.aircraft?.state, archives.dock?.state].join(' ')
}
