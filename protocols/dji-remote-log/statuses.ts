/**
 * The vendor's status words, which its pages only show in examples; the list is that of its demo (README.md).
 */
import { bare, isBlank, trimmed } from '../json.ts'
import type { End, Step } from './facts.ts'

/** The state of an archive or a job: in progress, or ended. */
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
  // The dock gave up by its own clock: a fact, not our conclusion.
  ['timeout', { end: 'failed' }],
  // Only in the generic list of v1.3 to v1.5. A file that arrived has its own `ok`; the others did not
  // arrive.
  ['partially_done', { end: 'failed' }],
])

/** The words after which nothing follows. */
export const endWords: readonly string[] = [...states].flatMap(([word, state]) =>
  'end' in state && typeof word === 'string' ? [word] : [],
)

/** Undefined without a status; an unknown word is not an end, so a job is never closed by mistake. */
export const stateOf = (status: unknown): State | undefined =>
  isBlank(status) ? undefined : (states.get(bare(status)) ?? { step: 'unknown' })

/**
 * What a status means in the reply to a command; undefined: nothing. For a cancel, `canceled` is what was
 * requested. Only some of the refusing words are the vendor's; other firmware may use the others.
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
