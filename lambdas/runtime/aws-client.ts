import { StandardRetryStrategy } from '@smithy/core/retry'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { type Backoff, waited } from './backoff.ts'
import { OwnError } from './own-error.ts'
import { timeLeft } from './time-left.ts'

/**
 * Milliseconds. Calls take some tens, the first one with its TLS handshake some hundreds; a call that takes
 * longer than this has failed. `socketTimeout` applies to a response that stops halfway.
 * https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
 */
const limits = { connectionTimeout: 2_000, requestTimeout: 5_000, socketTimeout: 2_000 }

/** An HTTP handler whose requests time out before the invocation ends. */
export class TimedHandler extends NodeHttpHandler {
  private readonly limits: typeof limits

  /** `patience` overrides the usual limits. */
  constructor(patience: Partial<typeof limits> = {}) {
    const own = { ...limits, ...patience }
    // Without `throwOnRequestTimeout` the SDK only logs a timeout.
    super({ ...own, throwOnRequestTimeout: true })
    this.limits = own
  }

  override handle(...[request, options]: Parameters<NodeHttpHandler['handle']>) {
    const requestTimeout = Math.max(1, Math.min(this.limits.requestTimeout, timeLeft()))
    return super.handle(request, { ...options, requestTimeout })
  }
}

/** For conflicts with concurrent writers of the same item, which are over within milliseconds. */
export const conflict: Backoff = { first: 25, most: 1_000 }

/** For throttling, which needs longer and growing waits; the first one is that of the SDK. */
export const overload: Backoff = { first: 1_000, most: 5_000 }

/** The backoff for transient errors that the SDK does not recognize as such. */
type TransientBackoff = (error: unknown) => Backoff | undefined

/**
 * A timer may fire this many milliseconds early. Without this allowance, a request that used up all the time
 * would be retried.
 */
const timerEarlyMs = 1

/** Bounds the retries outside of an invocation, where no time limit does. */
const maxAttempts = 50

class NoTimeLeft extends OwnError {
  override readonly name = 'NoTimeLeft'
}

type Strategy = Pick<
  StandardRetryStrategy,
  'acquireInitialRetryToken' | 'refreshRetryTokenForRetry' | 'recordSuccess'
>
type ErrorInfo = Parameters<Strategy['refreshRetryTokenForRetry']>[1]

/**
 * Retries conflicts and throttling for as long as the invocation lasts, because a failed message is
 * redelivered only after minutes, and at most five times. Other transient errors get the SDK's standard
 * treatment: four attempts, and fewer when many fail.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
 */
const retryStrategy = (transientBackoff: TransientBackoff): Strategy => {
  const standard = new StandardRetryStrategy({ maxAttempts: 4, baseDelay: 25 })
  const backoffOf = ({ error, errorType }: ErrorInfo): Backoff | undefined =>
    transientBackoff(error) ?? (errorType === 'THROTTLING' ? overload : undefined)
  return {
    acquireInitialRetryToken: (scope) => standard.acquireInitialRetryToken(scope),
    recordSuccess: (token) => standard.recordSuccess(token),
    // If this throws, the SDK throws the service's own error instead.
    refreshRetryTokenForRetry: async (token, info) => {
      const backoff = backoffOf(info)
      const attempt = token.getRetryCount()
      if (timeLeft() <= timerEarlyMs || attempt >= maxAttempts) throw new NoTimeLeft()
      if (!backoff) return standard.refreshRetryTokenForRetry(token, info)
      if (!(await waited(backoff, attempt))) throw new NoTimeLeft()
      return { getRetryCount: () => attempt + 1, getRetryDelay: () => 0, getRetryCost: () => undefined }
    },
  }
}

/** Timeouts and retries of every AWS client. */
export const clientSettings = (transientBackoff: TransientBackoff = () => undefined) => ({
  requestHandler: new TimedHandler(),
  retryStrategy: retryStrategy(transientBackoff),
})
