import { identifier, integer } from './fields.ts'
import { given, optional, type Part } from './json.ts'

/** Opaque to callers: passed from a reader to the answer in `dji-dock/down.ts`. */
export type AnswerTo = { requestId: string; processId?: string; method?: string }

/**
 * Where to acknowledge a dock's event, if the dock needs that (`need_reply` is 1): it repeats the event until
 * then. Without the event's own id there is nothing to answer to.
 */
export const acknowledgementOf = (message: Part, method: string): AnswerTo | undefined => {
  const requestId = optional(message, 'tid', identifier)
  if (optional(message, 'need_reply', integer) !== 1 || requestId === undefined) return undefined
  return { requestId, ...given({ processId: identifier(message.fields.bid) }), method }
}
