/**
 * How often a page asks for what moves. Two rules keep it cheap, on any page and with records of any size:
 *
 * - what did not change (the same ETag, so an answer without a body) is asked for less and less often;
 * - what did change is asked for again no sooner than its size permits: all bodies together stay below a
 *   budget.
 */
const shortestMs = 2000
const longestMs = 15_000
const budgetBytesPerMinute = 24_000

type Seen = { etag: string | null; bytes: number; unchanged: number }

const seen = new Map<string, Seen>()

/**
 * Takes note of an answer. The browser's cache makes a 304 look like the 200 that it repeats; the ETag gives
 * it away.
 */
export const noteAnswer = (url: string, etag: string | null, bytes: number): void => {
  const before = seen.get(url)
  const same = before !== undefined && etag !== null && before.etag === etag
  seen.set(url, { etag, bytes, unchanged: same ? before.unchanged + 1 : 0 })
}

/** A list as it is asked for, by which it is known here. */
export const addressOf = (path: string, query: Readonly<Record<string, string | number>>): string =>
  `${path}?${new URLSearchParams(Object.fromEntries(Object.entries(query).map(([name, value]) => [name, `${value}`])))}`

/**
 * Milliseconds until the address, `/v1/…` with its query, should be asked for again while something moves.
 * `share`: of the budget, where a page asks for several things.
 */
export const nextPollMs = (url: string, share = 1): number => {
  const last = seen.get(url)
  if (!last) return shortestMs
  if (last.unchanged > 0) return Math.min(longestMs, shortestMs * 1.5 ** last.unchanged)
  return Math.max(shortestMs, (last.bytes / (budgetBytesPerMinute * share)) * 60_000)
}

/** How often a list in which nothing moves is read again while it is seen: something new may have come. */
export const quietMs = 120_000

/** Milliseconds until a list is to be read again; `moves`: whether something in it does. */
export const listPollMs = (moves: boolean | undefined, url: string, share = 1): number =>
  moves ? nextPollMs(url, share) : quietMs
