/**
 * The view of eventually consistent reads: for a while after a write they see the old value. A GSI and the
 * replicas of a table usually get a write after a fraction of a second. Writes to one key become visible in
 * their order, those to different keys in any order.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.Writes and
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html
 */
import type { Range } from './dynalite-store.ts'

/** The old value of a key, which readers see until `visibleAt`. */
type Version<Value> = { value: Value | undefined; visibleAt: number }
export type Seen<Value> = { key: string; value: Value | undefined }

export type Lagging<Value> = {
  /** Called before a key gets a new value: until `visibleAt`, readers see the given old one. */
  note(key: string, value: Value | undefined, visibleAt: number): void
  /** The old value that readers see under a key, or undefined if they see the stored one. */
  seen(key: string): Seen<Value> | undefined
  /** The same for all keys in a range, in the order of the range. */
  within(range: Range): Seen<Value>[]
  /** When readers will see all writes so far; infinite if never. */
  settledAt(): number
  /** Makes everything visible to readers now. */
  clear(): void
}

const isWithin = (key: string, { gt, gte, lt, lte }: Range): boolean =>
  (gt === undefined || key > gt) &&
  (gte === undefined || key >= gte) &&
  (lt === undefined || key < lt) &&
  (lte === undefined || key <= lte)

/** `now` is in milliseconds from any origin. */
export const createLagging = <Value>(now: () => number): Lagging<Value> => {
  const pending = new Map<string, Version<Value>[]>()
  let settledAt = 0

  const current = (key: string): Version<Value>[] => {
    const left = (pending.get(key) ?? []).filter(({ visibleAt }) => visibleAt > now())
    if (left.length === 0) pending.delete(key)
    return left
  }
  /** The oldest entries expire first; the first that has to stay ends the search. */
  const prune = (): void => {
    for (const key of pending.keys()) if (current(key).length > 0) break
  }
  const seen = (key: string): Seen<Value> | undefined => {
    const [oldest] = current(key)
    return oldest && { key, value: oldest.value }
  }
  return {
    note: (key, value, visibleAt) => {
      const earlier = current(key)
      const inOrder = Math.max(visibleAt, earlier.at(-1)?.visibleAt ?? 0)
      pending.delete(key)
      if (inOrder > now()) pending.set(key, [...earlier, { value, visibleAt: inOrder }])
      settledAt = Math.max(settledAt, inOrder)
      prune()
    },
    seen,
    within: (range) => {
      const keys = [...pending.keys()].filter((key) => isWithin(key, range)).toSorted()
      if (range.reverse) keys.reverse()
      return keys.flatMap((key) => seen(key) ?? [])
    },
    settledAt: () => settledAt,
    clear: () => {
      pending.clear()
      settledAt = 0
    },
  }
}
