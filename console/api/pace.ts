/**
 * How often a page polls changing records. Two rules keep it cheap, on any page and with records of any size:
 *
 * - an unchanged record (the same ETag, so an answer without a body) is polled less and less often;
 * - a changed record is polled again no sooner than its size permits: all bodies together stay below a
 *   budget.
 */
const shortestMs = 2000
const longestMs = 15_000
const budgetBytesPerMinute = 24_000

type Seen = { etag: string | null; bytes: number; unchanged: number }

const seen = new Map<string, Seen>()

/**
 * Records an answer. The browser's cache makes a 304 look like the 200 that it repeats; the ETag reveals it.
 */
export const noteAnswer = (url: string, etag: string | null, bytes: number): void => {
  const before = seen.get(url)
  const same = before !== undefined && etag !== null && before.etag === etag
  seen.set(url, { etag, bytes, unchanged: same ? before.unchanged + 1 : 0 })
}

/** The address of a list, which is its key here. */
export const addressOf = (path: string, query: Readonly<Record<string, string | number>>): string =>
  `${path}?${new URLSearchParams(Object.fromEntries(Object.entries(query).map(([name, value]) => [name, `${value}`])))}`

/**
 * Milliseconds until the address, `/v1/…` with its query, should be polled again while something changes.
 * `share`: its part of the budget, if a page polls several things.
 */
export const nextPollMs = (url: string, share = 1): number => {
  const last = seen.get(url)
  if (!last) return shortestMs
  if (last.unchanged > 0) return Math.min(longestMs, shortestMs * 1.5 ** last.unchanged)
  return Math.max(shortestMs, (last.bytes / (budgetBytesPerMinute * share)) * 60_000)
}

/** The polling interval of a visible list in which nothing changes: new rows may come. */
export const quietMs = 120_000

/** Milliseconds until a list is polled again; `moves`: whether something in it is changing. */
export const listPollMs = (moves: boolean | undefined, url: string, share = 1): number =>
  moves ? nextPollMs(url, share) : quietMs
