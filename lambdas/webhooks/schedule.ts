/** The retry schedule of webhooks. Pure. */

const second = 1_000
const minute = 60 * second
const hour = 60 * minute

/**
 * Delays between tries, as Standard Webhooks recommends; together 75 hours and 35 minutes.
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

/** The number of tries of a delivery. */
export const maxTries = delays.length + 1

/** Milliseconds after which an undelivered event is given up. */
export const scheduleMs = delays.reduce((sum, delay) => sum + delay, 0)

/** Random share that is added to a delay, so that tries that failed together are not repeated together. */
const jitter = 0.1

/** The longest `Retry-After` that is honoured: a receiver must not make us keep deliveries for ever. */
const longestRetryAfter = 24 * hour

/**
 * Milliseconds until the next try after `tries` failed ones, 1 or more. Beyond the schedule its last delay
 * applies. Never shorter than the receiver's `Retry-After`.
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

/** The times of the tries, from the first failure on. */
const points: readonly number[] = delays.map((_, n) =>
  delays.slice(0, n + 1).reduce((sum, one) => sum + one, 0),
)

/**
 * Milliseconds until the next single try of a receiver that has been down for `downForMs`: until the next
 * time of the schedule, regardless of extra tries. Beyond the schedule its last delay applies.
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
 * The milliseconds of a `Retry-After`, which is seconds or a date. Undefined if it is neither, or in the
 * past.
 * https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
 */
export const retryAfterMs = (header: string | undefined, now: number): number | undefined => {
  const text = header?.trim() ?? ''
  if (/^\d{1,20}$/.test(text)) return Math.min(Number(text) * second, longestRetryAfter)
  if (!/^[A-Z][a-z]{2,8},? /.test(text)) return undefined
  // The oldest of the three date formats names no time zone, but is in GMT too.
  const wait = Date.parse(text.endsWith(' GMT') ? text : `${text} GMT`) - now
  return wait > 0 ? Math.min(wait, longestRetryAfter) : undefined
}
