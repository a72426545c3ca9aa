import { StandardRetryStrategy } from '@smithy/core/retry'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { type Backoff, waited } from './backoff.ts'
import { OwnError } from './own-error.ts'
import { timeLeft } from './time-left.ts'

/**
 * Milliseconds. Calls take a few dozen, a first one with its handshake some hundred; what takes longer than
 * this has failed. The socket's time is for an answer that stops in its middle.
 * https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
 */
const limits = { connectionTimeout: 2_000, requestTimeout: 5_000, socketTimeout: 2_000 }

/** Sends requests, none of which outlasts the invocation it belongs to. */
export class TimedHandler extends NodeHttpHandler {
  private readonly limits: typeof limits

  /** `patience`: what may take longer than usual. */
  constructor(patience: Partial<typeof limits> = {}) {
    const own = { ...limits, ...patience }
    // Without the last one the end of that time is logged and nothing else.
    super({ ...own, throwOnRequestTimeout: true })
    this.limits = own
  }

  override handle(...[request, options]: Parameters<NodeHttpHandler['handle']>) {
    const requestTimeout = Math.max(1, Math.min(this.limits.requestTimeout, timeLeft()))
    return super.handle(request, { ...options, requestTimeout })
  }
}

/** What was refused only because another had the same item in hand is over within milliseconds. */
export const conflict: Backoff = { first: 25, most: 1_000 }

/** What is over its rate needs time, and more of it the longer it lasts; the first wait is the SDK's. */
export const overload: Backoff = { first: 1_000, most: 5_000 }

/** How to wait for what the SDK does not know to pass by itself. */
type Passing = (error: unknown) => Backoff | undefined

/**
 * A timer may ring so many milliseconds early: a request that was given all the time must not find some of it
 * left.
 */
const timerEarlyMs = 1

/** Where nothing else ends it: outside of an invocation. */
const mostAttempts = 50

class NoTimeLeft extends OwnError {
  override readonly name = 'NoTimeLeft'
}

type Strategy = Pick<
  StandardRetryStrategy,
  'acquireInitialRetryToken' | 'refreshRetryTokenForRetry' | 'recordSuccess'
>
type Told = Parameters<Strategy['refreshRetryTokenForRetry']>[1]

/**
 * Conflicts and throttling are tried again as long as the invocation lasts, since a message that fails comes
 * back only after minutes, and five times at most. Other passing faults are the SDK's standard matter: four
 * attempts, and fewer when many fail.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
 */
const patient = (passing: Passing): Strategy => {
  const standard = new StandardRetryStrategy({ maxAttempts: 4, baseDelay: 25 })
  const backoffOf = ({ error, errorType }: Told): Backoff | undefined =>
    passing(error) ?? (errorType === 'THROTTLING' ? overload : undefined)
  return {
    acquireInitialRetryToken: (scope) => standard.acquireInitialRetryToken(scope),
    recordSuccess: (token) => standard.recordSuccess(token),
    // Whoever calls this throws the service's own error where this one throws.
    refreshRetryTokenForRetry: async (token, told) => {
      const backoff = backoffOf(told)
      const attempt = token.getRetryCount()
      if (timeLeft() <= timerEarlyMs || attempt >= mostAttempts) throw new NoTimeLeft()
      if (!backoff) return standard.refreshRetryTokenForRetry(token, told)
      if (!(await waited(backoff, attempt))) throw new NoTimeLeft()
      return { getRetryCount: () => attempt + 1, getRetryDelay: () => 0, getRetryCost: () => undefined }
    },
  }
}

/** How every client of an AWS service waits and tries again. */
export const clientSettings = (passing: Passing = () => undefined) => ({
  requestHandler: new TimedHandler(),
  retryStrategy: patient(passing),
})
