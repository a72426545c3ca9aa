import { isTransient } from '../../protocols/dji-codes.ts'
import { explainLogResult } from '../../protocols/dji-remote-log/results.ts'
import type { Registers } from './registers.ts'
import { type ArchiveState, lastAdvance } from './state.ts'

/** Explains why an archive did not arrive, and whether another try may help. Pure. */

/** `code`: the dock's number, or our name of a failure without one. */
export type Failure = { code: number | string; reason: string; advice: string; retryable: boolean }

/** A dock's result code in words. */
export const explained = (result: number): Failure => {
  const { code, reason, advice, retryable } = explainLogResult(result)
  return { code, reason, advice, retryable }
}

/** Whether another try may help although nobody does anything; only then may it start automatically. */
export const isTransientFailure = (archive: ArchiveState, registers: Registers): boolean => {
  const { end } = archive
  if (end?.result && end.end !== 'uploaded') return isTransient(explainLogResult(end.result).class)
  return failureOf(archive, registers)?.retryable ?? false
}

/** Undefined for an archive that did not fail, and for a canceled one if the dock gave no code. */
export const failureOf = (
  { state, end, verification }: ArchiveState,
  registers: Registers,
): Failure | undefined => {
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

/** Failures that we conclude ourselves, or that a dock reports without a code. */
const ourFailures = {
  noAnswer: {
    code: 'noAnswer',
    reason: 'The dock did not answer.',
    advice: 'Check that the dock has power and network, then start the upload again.',
    retryable: true,
  },
  cancelUnanswered: {
    code: 'cancelUnanswered',
    reason: 'The dock was asked to stop and has reported nothing about the upload since.',
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
