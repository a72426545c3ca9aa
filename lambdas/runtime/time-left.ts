import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'

/**
 * `ends`: when the work has to be done, by the clock of `performance.now`, which no one sets.
 * `id`: the invocation's.
 */
const current = new AsyncLocalStorage<{ ends: number; id?: string | undefined }>()

/** Runs the work of an invocation; what it waits for knows by `timeLeft` when to give up. */
export const withinMs = <Result>(milliseconds: number, work: () => Promise<Result>): Promise<Result> =>
  current.run({ ends: performance.now() + milliseconds, id: invocationId() }, work)

/**
 * Milliseconds that may still be waited, 0 or less when the time is over; without an end outside of an
 * invocation.
 */
export const timeLeft = (): number =>
  (current.getStore()?.ends ?? Number.POSITIVE_INFINITY) - performance.now()

/**
 * Lambda's id of the invocation in which this runs, as Lambda's own log lines have it; none outside of one.
 */
export const invocationId = (): string | undefined => current.getStore()?.id

/** What Lambda tells of an invocation. https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html */
export type Invocation = { awsRequestId?: string; getRemainingTimeInMillis(): number }

/** Left over for an answer that stops in its middle, and for telling how it went. */
const reserveMs = 3_000

/**
 * Runs a handler's work so that it gives up before Lambda ends it. Without a context, as in tests, it never
 * does, and has an id of its own.
 */
export const inTime = <Result>(
  invocation: Invocation | undefined,
  work: () => Promise<Result>,
): Promise<Result> =>
  current.run({ ends: endOf(invocation), id: invocation?.awsRequestId ?? randomUUID() }, work)

const endOf = (invocation: Invocation | undefined): number =>
  performance.now() + (invocation ? invocation.getRemainingTimeInMillis() - reserveMs : timeLeft())
