/** The outcome of one try. Pure. */

/** Why a try failed. Stable names, because the API shows them. */
export const failureReasons = [
  /** The host name resolves to an address that is not on the public internet. */
  'addressRefused',
  'nameNotFound',
  'notConnected',
  'certificateRefused',
  'timedOut',
  /** The response is not HTTP, or its headers are too large. */
  'badAnswer',
  /** A redirect, which we do not follow. */
  'redirected',
  /** These three follow from `status`. */
  'refused',
  'busy',
  'gone',
] as const
export type FailureReason = (typeof failureReasons)[number]

export type Failure = { ok: false; reason: FailureReason; status?: number; retryAfterMs?: number | undefined }
export type Outcome = { ok: true; status: number } | Failure

/**
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#delivery-success-and-failure
 */
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
 * Whether the receiver may be refusing only this delivery. Then another waiting one is tried next, so that
 * one delivery does not block the others.
 */
export const mayRefuseOnlyThis = ({ reason }: Failure): boolean =>
  reason === 'refused' || reason === 'redirected'
