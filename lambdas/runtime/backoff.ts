import { setTimeout } from 'node:timers/promises'
import { timeLeft } from './time-left.ts'

/** Milliseconds: the longest wait before the first retry, doubled for each further one up to `most`. */
export type Backoff = { first: number; most: number }

/**
 * How long to wait before a retry, `attempt` counted from 0: a random time up to the exponential limit, so
 * that callers that collided do not collide again ("full jitter").
 * https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
 */
export const fullJitter = ({ first, most }: Backoff, attempt: number, random = Math.random): number =>
  random() * Math.min(most, first * 2 ** attempt)

/**
 * Waits before a retry. Resolves to whether there is time for one: false at once if the wait would outlast
 * the invocation.
 */
export const waited = async (backoff: Backoff, attempt: number): Promise<boolean> => {
  const milliseconds = fullJitter(backoff, attempt)
  if (milliseconds >= timeLeft()) return false
  await setTimeout(milliseconds)
  return true
}
