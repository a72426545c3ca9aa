import type { TestContext } from 'node:test'
import { createClock } from '../../local/clock.ts'
import { openLocal } from '../support/story.ts'
import { listenToAll } from './spoken.ts'

const minutes = (n: number) => n * 60_000

/** Longer than a queue hides a message that failed. */
const hiddenMs = minutes(15)
/**
 * A message is received five times, and an upload lasts an hour and a few minutes at most: after this much
 * both are over.
 */
const roundsToTheEnd = 6

/**
 * A backend for worlds, and a listener that keeps every word. The clock is the test's: what waits for a
 * timeout waits for `pass`.
 */
export const openGround = async (t: TestContext) => {
  const clock = createClock()
  const stack = await openLocal(t, { clock })
  /** Lets so much time pass, in milliseconds. */
  const pass = async (ms: number): Promise<void> => {
    await stack.idle()
    clock.advance(ms)
    await stack.idle()
  }
  return {
    stack,
    clock,
    pass,
    ...(await listenToAll(t, stack.mqttUrl)),
    /** Lets time pass until every deadline is over; `look` is called on the way. */
    passToTheEnd: async (look: () => Promise<unknown>): Promise<void> => {
      for (let round = 0; round < roundsToTheEnd; round += 1) {
        await pass(hiddenMs)
        await look()
      }
    },
  }
}
export type Ground = Awaited<ReturnType<typeof openGround>>
