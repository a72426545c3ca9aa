/**
 * The view of the data that a dynalite action gets: the newest state, or one that lags behind. It is
 * read-only.
 */
import { Readable } from 'node:stream'
import type { DynaliteStore, IndexType, Level, Range, SubDb } from './dynalite-store.ts'
import type { Lagging, Seen } from './lagging.ts'
import type { Item, Table } from './tables.ts'

/** The key prefixes of a table and an index in LevelDB, as dynalite has them. */
export const tablePrefix = (tableName: string): string => `item-${tableName}~`
export const indexPrefix = (type: string, tableName: string, indexName: string): string =>
  `index-${type.toLowerCase()}~${tableName}~${indexName}~`

const prefixed = (prefix: string, { gt, gte, lt, lte, ...rest }: Range): Range => ({
  ...rest,
  ...(gt === undefined ? { gte: prefix + (gte ?? '') } : { gt: prefix + gt }),
  ...(lte === undefined ? { lt: prefix + (lt ?? '\xff') } : { lte: prefix + lte }),
})

/**
 * Merges stored entries with the old values that readers still see, both in the order of the range. The old
 * value wins, and may be that there was none.
 */
async function* merged(
  entries: AsyncIterable<[string, Item]>,
  lagging: readonly Seen<Item>[],
  isBefore: (one: string, other: string) => boolean,
): AsyncGenerator<Item> {
  const left = [...lagging]
  const takeIf = (isWanted: (key: string) => boolean): Seen<Item> | undefined =>
    left[0] && isWanted(left[0].key) ? left.shift() : undefined
  for await (const [key, item] of entries) {
    for (let gone = takeIf((one) => isBefore(one, key)); gone; gone = takeIf((one) => isBefore(one, key)))
      if (gone.value) yield gone.value
    const seen = takeIf((one) => one === key)
    const shown = seen ? seen.value : item
    if (shown) yield shown
  }
  for (const { value } of left) if (value) yield value
}

async function* upTo<Value>(limit: number, values: AsyncIterable<Value>): AsyncGenerator<Value> {
  let count = 0
  for await (const value of values) {
    yield value
    count += 1
    if (count === limit) return
  }
}

const ascending = (one: string, other: string): boolean => one < other
const descending = (one: string, other: string): boolean => one > other

async function* itemsIn(level: Level, range: Range, lagging?: Lagging<Item>): AsyncGenerator<Item> {
  const seen = lagging?.within(range) ?? []
  // From here on both show one moment: an iterator shows the state at its creation.
  const entries = level.iterator(seen.length > 0 ? { ...range, limit: -1 } : range)
  if (seen.length === 0) for await (const [, item] of entries) yield item
  else yield* upTo(range.limit ?? -1, merged(entries, seen, range.reverse ? descending : ascending))
}

const refuse = (): never => {
  throw new Error('a reader wrote')
}

const readOnly = (level: Level, prefix: string, lagging?: Lagging<Item>): SubDb => ({
  get: (key, done) => {
    const seen = lagging?.seen(prefix + key)
    if (seen) done(null, seen.value)
    else level.get(prefix + key).then((item) => done(null, item), done)
  },
  createValueStream: (range) => Readable.from(itemsIn(level, prefixed(prefix, range), lagging)),
  lock: (_key, task) => task((done) => done),
  put: refuse,
  del: refuse,
})

/** The lag of each table and each index for a reader; undefined is the newest state. */
export type Sight = {
  table: (tableName: string) => Lagging<Item> | undefined
  index: (type: IndexType, tableName: string) => Lagging<Item> | undefined
}

export const viewOf = (level: Level, table: (name: string) => Table, sight: Sight): DynaliteStore => ({
  options: { maxItemSize: 409_600 },
  getTable: (name, checkStatusOrDone, done) => {
    const answer = typeof checkStatusOrDone === 'function' ? checkStatusOrDone : done
    answer?.(null, table(name))
  },
  getItemDb: (name) => readOnly(level, tablePrefix(name), sight.table(name)),
  getIndexDb: (type, tableName, indexName) =>
    readOnly(level, indexPrefix(type, tableName, indexName), sight.index(type, tableName)),
})
