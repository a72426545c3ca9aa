import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { FunctionError } from './function-error.ts'
import type { LambdaFunction } from './function-host.ts'

export type AsyncSettings = {
  /** Further attempts after the first, 0 to 2. */
  retries: number
  /** Called with the destination's record and with the bare event when all attempts failed. */
  onFailure?: ((record: object) => void) | undefined
  deadLetter?: ((event: unknown) => void) | undefined
}

/** Lambda waits a minute before the first retry and two before the second. */
const waitMs = [60_000, 120_000]

/** What an on-failure destination gets. */
const failureRecord = (
  to: LambdaFunction,
  event: unknown,
  requestId: string,
  error: FunctionError,
  attempts: number,
  now: number,
) => ({
  version: '1.0',
  timestamp: new Date(now).toISOString(),
  requestContext: {
    requestId,
    functionArn: `${to.settings.arn}:$LATEST`,
    condition: 'RetriesExhausted',
    approximateInvokeCount: attempts,
  },
  requestPayload: event,
  responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
  responsePayload: error.payload(),
})

/**
 * Asynchronous invocation, as EventBridge does it: accepted at once, retried twice, then the failure goes to
 * the function's destination and dead-letter queue.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export const asyncInvoker = (to: LambdaFunction, settings: AsyncSettings, clock: Clock) => {
  const attempt = async (event: unknown, requestId: string, attempts: number): Promise<void> => {
    try {
      await to.invoke(event, requestId)
    } catch (error) {
      if (!(error instanceof FunctionError)) throw error
      if (attempts <= settings.retries) {
        clock.after(waitMs[attempts - 1] ?? 0, () => void attempt(event, requestId, attempts + 1))
        return
      }
      settings.onFailure?.(failureRecord(to, event, requestId, error, attempts, clock.now()))
      settings.deadLetter?.(event)
    }
  }
  /** Resolves after the first attempt, whatever came of it. */
  return (event: unknown): Promise<void> => attempt(event, randomUUID(), 1)
}
