/**
 * The local stack's clock. Everything that waits (visibility timeouts, batching windows, retries, schedules)
 * waits on it, so that a test moves time with `advance` instead of sleeping. All durations are milliseconds.
 */
export type Clock = {
  /** Epoch milliseconds. */
  now: () => number
  /**
   * Calls `run` once, `ms` from now, in real time or when `advance` passes that moment; returns a function
   * that cancels the call.
   */
  after: (ms: number, run: () => void) => () => void
  /** Moves time forward: calls that fall due on the way run at once, in order. */
  advance: (ms: number) => void
  /** Cancels all waiting calls, and accepts no new ones. */
  close: () => void
  /** How far this clock is ahead of the machine's; shared with the worker threads of the functions. */
  offset: Float64Array<SharedArrayBuffer>
}

type Waiting = { dueAt: number; run: () => void; timer?: NodeJS.Timeout }

/** A clock that follows the machine's until `advance` is called. */
export const createClock = (): Clock => {
  const offset = new Float64Array(new SharedArrayBuffer(8))
  const waiting = new Set<Waiting>()
  let closed = false
  const now = (): number => Date.now() + (offset[0] ?? 0)

  const fire = (entry: Waiting): void => {
    clearTimeout(entry.timer)
    if (waiting.delete(entry)) entry.run()
  }
  const arm = (entry: Waiting): void => {
    clearTimeout(entry.timer)
    entry.timer = setTimeout(() => fire(entry), Math.max(0, entry.dueAt - now())).unref()
  }

  return {
    now,
    offset,
    after: (ms, run) => {
      const entry: Waiting = { dueAt: now() + ms, run }
      if (closed) return () => {}
      waiting.add(entry)
      arm(entry)
      return () => {
        clearTimeout(entry.timer)
        waiting.delete(entry)
      }
    },
    close: () => {
      closed = true
      for (const entry of waiting) clearTimeout(entry.timer)
      waiting.clear()
    },
    advance: (ms) => {
      offset[0] = (offset[0] ?? 0) + ms
      const inOrder = [...waiting].sort((a, b) => a.dueAt - b.dueAt)
      for (const entry of inOrder) entry.dueAt <= now() ? fire(entry) : arm(entry)
    },
  }
}
