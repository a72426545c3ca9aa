import { setImmediate, setTimeout } from 'node:timers/promises'

/**
 * How fast simulated time passes: `real` like a dock (a report about every 2 s, minutes for an export),
 * `demo` eight times faster, `instant` without any timer, or the milliseconds between two reports.
 */
export type Pace = 'real' | 'demo' | 'instant' | number

/** The longest timer of Node, 24 days. https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
export const longestTimerMs = 2 ** 31 - 1

/** Waits for one step of simulated time. Rejects as soon as `signal` aborts. */
export type Tick = (signal?: AbortSignal) => Promise<void>

/** The duration of one step on a real dock. */
export const stepSeconds = 2

const stepMs = { real: stepSeconds * 1000, demo: 250, instant: 0 } as const

export const msPerStep = (pace: Pace): number => (typeof pace === 'number' ? pace : stepMs[pace])

/** At `instant` a step only processes pending input, so that a cancel still finds an export to cancel. */
export const ticker = (pace: Pace): Tick => {
  const ms = msPerStep(pace)
  return (signal) => {
    const options = signal ? { signal } : {}
    return ms === 0 ? setImmediate(undefined, options) : setTimeout(ms, undefined, options)
  }
}
