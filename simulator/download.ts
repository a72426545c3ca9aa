import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'

/** How a machine downloads a file. */
export type Fetching = {
  headers?: Readonly<Record<string, string>>
  /** Whether an answer with this status counts as the file. @default 2xx */
  takes?: (status: number) => boolean
  /** @default true */
  followsRedirects?: boolean
  /** The speed of the connection. @default unlimited */
  bytesPerSecond?: number
  /** Corrupts the first byte. @default false */
  spoils?: boolean
  signal?: AbortSignal
  /**
   * Called with each chunk and the share of the announced length, 0 to 1. Not called without an announced
   * length.
   */
  progress?: (share: number) => void
}

/** `size` in bytes, `sha256` in lower-case hex. */
export type Fetched =
  | { outcome: 'fetched'; size: number; sha256: string }
  | { outcome: 'refused'; status: number; reason: string }
  | { outcome: 'broken'; reason: string }

/** Storage's error, as S3 words it; only the beginning of the answer is read. */
const reasonIn = async (response: Response): Promise<string> => {
  const reader = response.body?.getReader()
  const first = await reader?.read()
  await reader?.cancel()
  const text = new TextDecoder().decode(first?.value)
  const [code, message] = ['Code', 'Message'].map((name) => new RegExp(`<${name}>([^<]*)<`).exec(text)?.[1])
  return [code, message].filter(Boolean).join(': ') || response.statusText
}

/** Digests the chunks without keeping them. */
const digest = async (response: Response, how: Fetching): Promise<Fetched> => {
  const hash = createHash('sha256')
  const announced = Number(response.headers.get('content-length') ?? Number.NaN)
  let size = 0
  for await (const piece of response.body ?? []) {
    if (how.spoils && size === 0 && piece[0] !== undefined) piece[0] ^= 1
    size += piece.length
    hash.update(piece)
    if (announced > 0) how.progress?.(size / announced)
    if (how.bytesPerSecond) {
      await pause((piece.length / how.bytesPerSecond) * 1000, undefined, how.signal && { signal: how.signal })
    }
  }
  return { outcome: 'fetched', size, sha256: hash.digest('hex') }
}

const wordsOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}

/**
 * Downloads a file as a machine does, without keeping it: thousands may do so at once, each holding only its
 * current chunk. Never rejects.
 */
export const fetchFile = async (url: string, how: Fetching = {}): Promise<Fetched> => {
  const { headers = {}, takes = (status) => status >= 200 && status < 300, followsRedirects = true } = how
  try {
    const response = await fetch(url, {
      // Each machine has its own connection; a shared one might be closing.
      headers: { ...headers, connection: 'close' },
      redirect: followsRedirects ? 'follow' : 'manual',
      ...(how.signal && { signal: how.signal }),
    })
    if (takes(response.status)) return await digest(response, how)
    return { outcome: 'refused', status: response.status, reason: await reasonIn(response) }
  } catch (error) {
    return { outcome: 'broken', reason: wordsOf(error) }
  }
}

/** Runs at most `together` tasks at once; the others wait in turn. */
export const atMost = (together: number) => {
  const waiting: (() => void)[] = []
  let atWork = 0
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (atWork >= together) await new Promise<void>((resolve) => waiting.push(resolve))
    else atWork += 1
    try {
      return await work()
    } finally {
      // The place goes directly to the next task, so that no other can take it.
      const next = waiting.shift()
      if (next) next()
      else atWork -= 1
    }
  }
}
