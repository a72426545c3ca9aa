import type { Env } from '../runtime/env.ts'
import { counting } from '../runtime/telemetry.ts'
import { type Invocation, inTime } from '../runtime/time-left.ts'

/**
 * The Lambda handler for a topic rule that starts a function per message; `wire` runs once, at the first
 * message.
 */
export const onMessage = (wire: (env: Env) => (event: unknown) => Promise<void>) => {
  let handle: ((event: unknown) => Promise<void>) | undefined
  return async (event: unknown, invocation?: Invocation): Promise<void> => {
    handle ??= wire(process.env)
    const work = handle
    await inTime(invocation, () => counting(() => work(event)))
  }
}
