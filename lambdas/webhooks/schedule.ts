/** When a webhook is tried again. Pure. */

const second = 1_000
const minute = 60 * second
const hour = 60 * minute

/**
 * Between tries, as Standard Webhooks gives them; all in all 75 hours and 35 minutes after the first.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#deliverability-and-reliability
 */
const delays: readonly number[] = [
  5 * second,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
  20 * hour,
  24 * hour,
]

/** A delivery has so many tries of its own. */
export const mostTries = delays.length + 1

/** Milliseconds after which what was not delivered is given up, from when it was to be sent. */
export const scheduleMs = delays.reduce((sum, delay) => sum + delay, 0)

/** Part of a delay by which it may be longer: those that failed together do not come again together. */
const jitter = 0.1

/** What a receiver asks for counts up to here: else one could have us keep what it never takes. */
const longestRetryAfter = 24 * hour

/**
 * Milliseconds until the next try, after so many that failed, one or more. Beyond the schedule it is its last
 * delay. Not before the receiver wants it.
 */
export const delayAfter = (
  tries: number,
  {
    retryAfterMs = 0,
    random = Math.random,
  }: { retryAfterMs?: number | undefined; random?: () => number } = {},
): number => {
  const delay = delays[Math.min(Math.max(tries, 1), delays.length) - 1] ?? 0
  return Math.max(Math.round(delay * (1 + jitter * random())), Math.min(retryAfterMs, longestRetryAfter))
}

/** When each of these tries is, from the first on. */
const points: readonly number[] = delays.map((_, n) =>
  delays.slice(0, n + 1).reduce((sum, one) => sum + one, 0),
)

/**
 * Milliseconds until the next single try of a receiver that has been down for so long: at the next of these times,
 * however often it was tried besides. Beyond the schedule it is its last delay.
 */
export const delayWhenDown = (
  downForMs: number,
  {
    retryAfterMs = 0,
    random = Math.random,
  }: { retryAfterMs?: number | undefined; random?: () => number } = {},
): number => {
  const point = points.find((at) => at > downForMs)
  const delay = point === undefined ? 24 * hour : Math.max(5 * second, point - downForMs)
  return Math.max(Math.round(delay * (1 + jitter * random())), Math.min(retryAfterMs, longestRetryAfter))
}

/**
 * Milliseconds that a `Retry-After` asks for: seconds, or a date. What is neither, or in the past, asks for nothing.
 * https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
 */
export const retryAfterMs = (header: string | undefined, now: number): number | undefined => {
  const text = header?.trim() ?? ''
  if (/^\d{1,20}$/.test(text)) return Math.min(Number(text) * second, longestRetryAfter)
  if (!/^[A-Z][a-z]{2,8},? /.test(text)) return undefined
  // Of the three forms of a date the oldest names no zone, and is of the same.
  const wait = Date.parse(text.endsWith(' GMT') ? text : `${text} GMT`) - now
  return wait > 0 ? Math.min(wait, longestRetryAfter) : undefined
}
