/**
 * What readers see that do not ask for the newest: for a while after a write, what was there before. A GSI
 * and the replicas of a table learn of a write a fraction of a second later, usually. Writes of one key
 * become visible in their order, those of different keys in any.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.Writes and
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html
 */
import type { Range } from './dynalite-store.ts'

/** What a key held, until `visibleAt`. */
type Version<Value> = { value: Value | undefined; visibleAt: number }
export type Seen<Value> = { key: string; value: Value | undefined }

export type Lagging<Value> = {
  /** Before a key gets another value: until `visibleAt`, readers see the one given. */
  note(key: string, value: Value | undefined, visibleAt: number): void
  /** What readers see under a key, or undefined if that is what is there. */
  seen(key: string): Seen<Value> | undefined
  /** The same of all keys in a range, in the order of the range. */
  within(range: Range): Seen<Value>[]
  /** When readers will see all that was written so far, if they ever will. */
  settledAt(): number
  /** Lets readers see everything now. */
  clear(): void
}

const isWithin = (key: string, { gt, gte, lt, lte }: Range): boolean =>
  (gt === undefined || key > gt) &&
  (gte === undefined || key >= gte) &&
  (lt === undefined || key < lt) &&
  (lte === undefined || key <= lte)

/** `now` counts milliseconds from anywhere. */
export const createLagging = <Value>(now: () => number): Lagging<Value> => {
  const pending = new Map<string, Version<Value>[]>()
  let settledAt = 0

  const current = (key: string): Version<Value>[] => {
    const left = (pending.get(key) ?? []).filter(({ visibleAt }) => visibleAt > now())
    if (left.length === 0) pending.delete(key)
    return left
  }
  /**
   * Those that were noted first are the first to go; one that has to stay keeps the rest from being looked
   * at.
   */
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
