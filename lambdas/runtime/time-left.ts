import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'

/**
 * `ends`: the deadline of the work, by `performance.now`, which is monotonic. `id`: the id of the invocation.
 */
const current = new AsyncLocalStorage<{ ends: number; id?: string | undefined }>()

/** Runs work with a time limit, which `timeLeft` tells to everything that waits within it. */
export const withinMs = <Result>(milliseconds: number, work: () => Promise<Result>): Promise<Result> =>
  current.run({ ends: performance.now() + milliseconds, id: invocationId() }, work)

/** Milliseconds until the deadline, 0 or less when the time is over; infinite outside of an invocation. */
export const timeLeft = (): number =>
  (current.getStore()?.ends ?? Number.POSITIVE_INFINITY) - performance.now()

/** Lambda's id of the current invocation, as in Lambda's own log lines; undefined outside of one. */
export const invocationId = (): string | undefined => current.getStore()?.id

/** Lambda's context of an invocation. https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html */
export type Invocation = { awsRequestId?: string; getRemainingTimeInMillis(): number }

/** Reserved for a response that stops halfway, and for reporting the outcome. */
const reserveMs = 3_000

/**
 * Runs a handler's work so that it gives up before Lambda's timeout. Without a context, as in tests, there is
 * no limit, and the id is random.
 */
export const inTime = <Result>(
  invocation: Invocation | undefined,
  work: () => Promise<Result>,
): Promise<Result> =>
  current.run({ ends: endOf(invocation), id: invocation?.awsRequestId ?? randomUUID() }, work)

const endOf = (invocation: Invocation | undefined): number =>
  performance.now() + (invocation ? invocation.getRemainingTimeInMillis() - reserveMs : timeLeft())
