import { AsyncLocalStorage } from 'node:async_hooks'

/** When the invocation ends in which this runs, by the clock of `performance.now`, which no one sets. */
const ends = new AsyncLocalStorage<number>()

/** Runs the work of an invocation; what it waits for knows by `timeLeft` when to give up. */
export const withinMs = <Result>(milliseconds: number, work: () => Promise<Result>): Promise<Result> =>
  ends.run(performance.now() + milliseconds, work)

/** Milliseconds that may still be waited, 0 or less when the time is over; without an end outside of an invocation. */
export const timeLeft = (): number => (ends.getStore() ?? Number.POSITIVE_INFINITY) - performance.now()

/** What Lambda tells of an invocation. https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html */
export type Invocation = { getRemainingTimeInMillis(): number }

/** Left over for an answer that stops in its middle, and for telling how it went. */
const reserveMs = 3_000

/** Runs a handler's work so that it gives up before Lambda ends it. Without a context, as in tests, it never does. */
export const inTime = <Result>(
  invocation: Invocation | undefined,
  work: () => Promise<Result>,
): Promise<Result> =>
  invocation ? withinMs(invocation.getRemainingTimeInMillis() - reserveMs, work) : work()
