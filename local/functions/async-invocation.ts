import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { FunctionError } from './function-error.ts'
import type { LambdaFunction } from './function-host.ts'
import type { InvocationStore, StoredInvocation } from './invocation-store.ts'

/** Lambda waits a minute before the first retry and two before the second. */
const waitMs = [60_000, 120_000]

/**
 * Invocations that Lambda could not run (throttled) are retried sooner, with exponential backoff up to five
 * minutes.
 */
const busyWaitMs = (times: number): number => Math.min(300_000, 1000 * 2 ** times)

/** Older events are not retried. */
const maximumAgeMs = 6 * 3_600_000
const storageRetryMs = 1000

/** A throttle is not a failure of the function, and uses up no retry. */
const isThrottle = ({ errorType }: FunctionError): boolean => errorType === 'TooManyRequestsException'

/**
 * Asynchronous invocation, as EventBridge uses it. The event is stored and so accepted at once. A failed
 * invocation is retried twice; then the event goes to the function's dead-letter queue. Delivery is at least
 * once: the next process repeats invocations that a killed process had begun, without counting an attempt.
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
  /** A full disk only delays: stored events are invoked again. */
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
      // Invocations that the stop of the stack interrupts are repeated after the next start.
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
     * Returns once the event is stored; the promise resolves after the first attempt, whatever its outcome.
     * @throws the disk's error, at once.
     */
    start: (event: unknown, delayMs = 0): Promise<void> => {
      const now = clock.now()
      const requestId = randomUUID()
      const kept = { requestId, event: JSON.stringify(event), acceptedAt: now, dueAt: now + delayMs }
      return begin(store.insert(name, kept))
    },
    /** Resumes invocations that an earlier run had accepted. */
    resume: (): void => {
      for (const one of store.all(name)) void begin(one)
    },
    stop: (): void => {
      stopped = true
    },
  }
}
