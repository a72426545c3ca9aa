import { UnreachableError } from './errors.ts'

/** How long to wait, and whom to tell meanwhile. */
export type WaitOptions<Record> = {
  /** Ends the waiting, which then rejects with its reason. What is waited for goes on. */
  signal?: AbortSignal
  /** After so many ms it rejects with a `WaitTimeoutError`. @default as long as it takes */
  timeoutMs?: number
  /** Told of the record when it was first read, and whenever it has changed. */
  onChange?: (record: Record) => void
  /** Told when the backend cannot be reached; the waiting goes on. */
  onUnreachable?: (error: UnreachableError) => void
  /** Ms between two looks: the shortest while something moves, the longest while nothing does. */
  paceMs?: { shortest: number; longest: number }
}

/** What was waited for has not ended in the time that was given. `record` is as it was last seen. */
export class WaitTimeoutError extends Error {
  readonly record: unknown
  constructor(record: unknown) {
    super('It has not ended in the time that was given; it goes on')
    this.name = 'WaitTimeoutError'
    this.record = record
  }
}

/** What is looked at, and when that has ended. */
export type Watched<Record> = {
  read: () => Promise<Record>
  isOver: (record: Record) => boolean
}

const usualPace = { shortest: 1000, longest: 10_000 }

/** So long a backend may be away while something is waited for. */
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
 * Looks again and again until it is over: after a second while it changes, less and less often while it does
 * not. A backend that is away for some minutes does not end the waiting.
 * @throws ApiError when it may not be read; WaitTimeoutError; the reason of `signal`
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
