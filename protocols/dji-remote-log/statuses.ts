/**
 * The vendor's status words, which its pages show in examples only; the list is that of its demo (README.md).
 */
import { bare, isBlank, trimmed } from '../json.ts'
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
  // Only in the generic list of v1.3 to v1.5. A file that arrived says `ok` for itself; what is left did not
  // arrive.
  ['partially_done', { end: 'failed' }],
])

/** The words of which nothing follows any more. */
export const endWords: readonly string[] = [...states].flatMap(([word, state]) =>
  'end' in state && typeof word === 'string' ? [word] : [],
)

/** Undefined without a status; a word we do not know is no end, so a job is never closed by mistake. */
export const stateOf = (status: unknown): State | undefined =>
  isBlank(status) ? undefined : (states.get(bare(status)) ?? { step: 'unknown' })

/**
 * What a status says in the answer to a command; undefined where it says nothing. Of a cancel, `canceled` is
 * what was asked for. Not all refusing words are the vendor's: a refusal is one in whatever words.
 */
export const answerOf = (status: unknown): 'accepted' | 'refused' | undefined => {
  const word = typeof status === 'string' ? trimmed(status).toLowerCase() : ''
  if (accepting.includes(word)) return 'accepted'
  return refusing.includes(word) ? 'refused' : undefined
}

const accepting: readonly string[] = ['ok', 'sent', 'in_progress', 'canceled']
const refusing: readonly string[] = [
  'rejected',
  'refused',
  'denied',
  'failed',
  'failure',
  'fail',
  'error',
  'timeout',
]
