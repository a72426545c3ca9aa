import { UnreachableError } from './errors.ts'

/** Options of a wait. */
export type WaitOptions<Record> = {
  /** Ends the wait, which rejects with its reason. The awaited work goes on. */
  signal?: AbortSignal
  /** The time limit in milliseconds, after which the wait rejects with a `WaitTimeoutError`. @default none */
  timeoutMs?: number
  /** Called with the record when it was first read, and after each change. */
  onChange?: (record: Record) => void
  /** Called if the backend cannot be reached; the wait continues. */
  onUnreachable?: (error: UnreachableError) => void
  /** Milliseconds between polls: the shortest while the record changes, the longest while it does not. */
  paceMs?: { shortest: number; longest: number }
}

/** The awaited work has not ended within the time limit. `record` is its last state. */
export class WaitTimeoutError extends Error {
  readonly record: unknown
  constructor(record: unknown) {
    super('It has not ended in the time that was given; it goes on')
    this.name = 'WaitTimeoutError'
    this.record = record
  }
}

/** How to read the record, and when it is final. */
export type Watched<Record> = {
  read: () => Promise<Record>
  isOver: (record: Record) => boolean
}

const usualPace = { shortest: 1000, longest: 10_000 }

/** The longest outage of the backend that a wait survives. */
const patienceMs = 10 * 60_000

const pause = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const stop = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal?.addEventListener('abort', stop, { once: true })
  })

/**
 * Polls until the record is final: every second while it changes, less and less often while it does not. An
 * outage of some minutes does not end the wait.
 * @throws ApiError if it may not be read; WaitTimeoutError; the reason of `signal`
 */
export const waitUntilOver = async <Record>(
  { read, isOver }: Watched<Record>,
  { signal, timeoutMs, onChange, onUnreachable, paceMs = usualPace }: WaitOptions<Record> = {},
): Promise<Record> => {
  const giveUpAt = timeoutMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + timeoutMs
  let seen: string | undefined
  let record: Record | undefined
  let wait = paceMs.shortest
  let awaySince: number | undefined
  for (;;) {
    signal?.throwIfAborted()
    try {
      record = await read()
      awaySince = undefined
      const now = JSON.stringify(record)
      wait = now === seen ? Math.min(paceMs.longest, wait * 1.5) : paceMs.shortest
      if (now !== seen) onChange?.(record)
      seen = now
      if (isOver(record)) return record
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error
      awaySince ??= Date.now()
      if (Date.now() - awaySince > patienceMs) throw error
      onUnreachable?.(error)
      wait = Math.min(paceMs.longest, wait * 1.5)
    }
    const left = giveUpAt - Date.now()
    if (left <= 0) throw new WaitTimeoutError(record)
    await pause(Math.min(wait, left), signal)
  }
}
