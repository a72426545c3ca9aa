/** The vendor's status words, which its pages show in examples only; the list is that of its demo (README.md). */
import type { End, Step } from './facts.ts'

/** Where an archive or a job is: on its way, or at an end. */
export type State = { step: Step } | { end: End }

const states: ReadonlyMap<unknown, State> = new Map<unknown, State>([
  ['sent', { step: 'sent' }],
  ['file_pull', { step: 'pulling' }],
  ['file_zip', { step: 'packing' }],
  ['file_uploading', { step: 'uploading' }],
  ['in_progress', { step: 'inProgress' }],
  ['paused', { step: 'paused' }],
  ['ok', { end: 'uploaded' }],
  ['canceled', { end: 'canceled' }],
  ['failed', { end: 'failed' }],
  ['rejected', { end: 'rejected' }],
  // The dock gave up: its own clock, so a fact and not our conclusion.
  ['timeout', { end: 'failed' }],
  // Only in the generic list of v1.3 to v1.5. A file that arrived says `ok` for itself; what is left did not arrive.
  ['partially_done', { end: 'failed' }],
])

/** Undefined without a status; a word we do not know is no end, so a job is never closed by mistake. */
export const stateOf = (status: unknown): State | undefined =>
  status === undefined || status === null || status === ''
    ? undefined
    : (states.get(status) ?? { step: 'unknown' })
