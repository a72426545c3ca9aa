/** The vendor's status words, for upgrades in progress and for replies to an offer. */
import { bare, isBlank, trimmed } from '../json.ts'
import type { End, Status } from './facts.ts'

/** The state of an upgrade: in progress, or ended. */
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

/** The words after which nothing follows. */
export const endWords: readonly string[] = [...states].flatMap(([word, state]) =>
  'end' in state && typeof word === 'string' ? [word] : [],
)

/** Undefined without a status; an unknown word is not an end, so nothing is closed by mistake. */
export const stateOf = (status: unknown): State | undefined =>
  isBlank(status) ? undefined : (states.get(bare(status)) ?? { status: 'unknown' })

/** What a status means in the reply to an offer; undefined: nothing. */
export const answerOf = (status: unknown): 'accepted' | 'refused' | undefined => {
  const state = states.get(typeof status === 'string' ? trimmed(status).toLowerCase() : status)
  if (state === undefined) return undefined
  return 'end' in state && state.end !== 'done' ? 'refused' : 'accepted'
}
