/**
 * Whether the backend can be reached. A request that fails on its way sets it to lost; from then on a small
 * file is polled until it arrives. Nothing is polled while all is well.
 */
type Listener = () => void

const listeners = new Set<Listener>()
let lost = false
let attempt = 0

const firstRetryMs = 1000
const longestRetryMs = 10_000

const set = (now: boolean): void => {
  if (lost === now) return
  lost = now
  for (const listener of listeners) listener()
}

const look = async (): Promise<void> => {
  try {
    const { ok } = await fetch('/config.json', { cache: 'no-store' })
    if (ok) return set(false)
  } catch {
    // Not back yet.
  }
  lookSoon()
}

const lookSoon = (): void => {
  const wait = Math.min(longestRetryMs, firstRetryMs * 2 ** attempt)
  attempt += 1
  setTimeout(look, wait)
}

/** Called when a request did not reach the backend. */
export const noteLoss = (): void => {
  if (lost) return
  attempt = 0
  set(true)
  lookSoon()
}

/** For `useSyncExternalStore`. */
export const connection = {
  subscribe: (listener: Listener): (() => void) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
  isLost: (): boolean => lost,
}
