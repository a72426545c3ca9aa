/** The vendor's status words, of an upgrade under way and of the answer to an offer. */
import { bare, isBlank, trimmed } from '../json.ts'
import type { End, Status } from './facts.ts'

/** Where an upgrade is: on its way, or at an end. */
type State = { status: Status } | { end: End }

const states: ReadonlyMap<unknown, State> = new Map<unknown, State>([
  ['sent', { status: 'sent' }],
  ['in_progress', { status: 'running' }],
  ['paused', { status: 'paused' }],
  ['ok', { end: 'done' }],
  ['failed', { end: 'failed' }],
  ['canceled', { end: 'canceled' }],
  ['rejected', { end: 'rejected' }],
  ['timeout', { end: 'timedOut' }],
])

/** The words of which nothing follows any more. */
export const endWords: readonly string[] = [...states].flatMap(([word, state]) =>
  'end' in state && typeof word === 'string' ? [word] : [],
)

/** Undefined without a status; a word that we do not know is no end, so nothing is closed by mistake. */
export const stateOf = (status: unknown): State | undefined =>
  isBlank(status) ? undefined : (states.get(bare(status)) ?? { status: 'unknown' })

/** What a status says in the answer to an offer; undefined where it says nothing. */
export const answerOf = (status: unknown): 'accepted' | 'refused' | undefined => {
  const state = states.get(typeof status === 'string' ? trimmed(status).toLowerCase() : status)
  if (state === undefined) return undefined
  return 'end' in state && state.end !== 'done' ? 'refused' : 'accepted'
}
