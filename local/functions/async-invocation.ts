import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { FunctionError } from './function-error.ts'
import type { LambdaFunction } from './function-host.ts'
import type { InvocationStore, StoredInvocation } from './invocation-store.ts'

/** Lambda waits a minute before the first retry and two before the second. */
const waitMs = [60_000, 120_000]

/** What Lambda could not run it tries again sooner, and longer and longer after that: up to five minutes. */
const busyWaitMs = (times: number): number => Math.min(300_000, 1000 * 2 ** times)

/** What is older is tried no more. */
const maximumAgeMs = 6 * 3_600_000
const storageRetryMs = 1000

/** That a function is over its concurrency is no failure of its own, and takes no retry. */
const isThrottle = ({ errorType }: FunctionError): boolean => errorType === 'TooManyRequestsException'

/**
 * Asynchronous invocation, as EventBridge does it: stored and so accepted at once, retried twice, then the failure
 * goes to the function's dead-letter queue. It is done at least once: what a process that was
 * killed had begun is begun again by the next, and that counts as no attempt.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export const asyncInvoker = (
  to: LambdaFunction,
  deadLetter: (event: unknown) => void,
  { clock, store }: { clock: Clock; store: InvocationStore },
) => {
  const { name } = to.settings
  const busy = new Map<number, number>()
  let stopped = false

  const giveUp = (one: StoredInvocation): void => {
    deadLetter(JSON.parse(one.event))
    store.remove(one.id)
  }
  /** A full disk stops nothing for good: what is stored is done again. */
  const keeping = (one: StoredInvocation, change: () => void): void => {
    try {
      change()
    } catch (error) {
      console.error(`An asynchronous invocation of ${name} could not be written down`, error)
      clock.after(storageRetryMs, () => void attempt(one))
    }
  }
  const failed = (one: StoredInvocation, error: FunctionError): void => {
    const throttled = isThrottle(error)
    const times = busy.get(one.id) ?? 0
    const failures = one.failures + (throttled ? 0 : 1)
    const ms = throttled ? busyWaitMs(times) : (waitMs[failures - 1] ?? 0)
    const next = { ...one, failures, dueAt: clock.now() + ms }
    if (throttled) busy.set(one.id, times + 1)
    if (failures > waitMs.length || next.dueAt - one.acceptedAt > maximumAgeMs) giveUp(next)
    else {
      store.putOff(next)
      clock.after(ms, () => void attempt(next))
    }
  }
  const attempt = async (one: StoredInvocation): Promise<void> => {
    if (stopped) return
    try {
      await to.invoke(JSON.parse(one.event), one.requestId)
      if (!stopped) keeping(one, () => store.remove(one.id))
    } catch (error) {
      if (!(error instanceof FunctionError)) throw error
      // What the stop of the stack breaks off is done after the next start.
      if (!stopped) keeping(one, () => failed(one, error))
    }
  }
  const begin = (one: StoredInvocation): Promise<void> => {
    const ms = one.dueAt - clock.now()
    if (ms <= 0) return attempt(one)
    const { promise, resolve } = Promise.withResolvers<void>()
    clock.after(ms, () => void attempt(one).finally(resolve))
    return promise
  }

  return {
    /**
     * Returns once the event is stored; the promise resolves after the first attempt, whatever came of it. @throws
     * what the disk says, at once.
     */
    start: (event: unknown, delayMs = 0): Promise<void> => {
      const now = clock.now()
      const requestId = randomUUID()
      const kept = { requestId, event: JSON.stringify(event), acceptedAt: now, dueAt: now + delayMs }
      return begin(store.insert(name, kept))
    },
    /** Goes on with what an earlier run had accepted. */
    resume: (): void => {
      for (const one of store.all(name)) void begin(one)
    },
    stop: (): void => {
      stopped = true
    },
  }
}
