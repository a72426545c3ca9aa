/** What came of one try. Pure. */

/** Why a try was no delivery; stable, since callers see it. */
export const failureReasons = [
  /** Its name leads to an address that is not of the public internet. */
  'addressRefused',
  'nameNotFound',
  'notConnected',
  'certificateRefused',
  'timedOut',
  /** It answered something that is no HTTP, or too large a head. */
  'badAnswer',
  /** It sends us elsewhere, where we do not follow. */
  'redirected',
  /** By `status`. */
  'refused',
  'busy',
  'gone',
] as const
export type FailureReason = (typeof failureReasons)[number]

export type Failure = { ok: false; reason: FailureReason; status?: number; retryAfterMs?: number | undefined }
export type Outcome = { ok: true; status: number } | Failure

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#delivery-success-and-failure */
export const outcomeOf = (status: number, retryAfterMs: number | undefined): Outcome => {
  if (status >= 200 && status <= 299) return { ok: true, status }
  return { ok: false, reason: reasonOf(status), status, retryAfterMs }
}

const reasonOf = (status: number): FailureReason => {
  if (status === 410) return 'gone'
  if ([429, 502, 503, 504].includes(status)) return 'busy'
  return status >= 300 && status <= 399 ? 'redirected' : 'refused'
}

/**
 * Whether it may be this one delivery that the receiver does not take: then another of those that wait is tried
 * next, so that one stands in no other's way.
 */
export const mayBeItsOwn = ({ reason }: Failure): boolean => reason === 'refused' || reason === 'redirected'
