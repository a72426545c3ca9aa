/** The changes of a write: to the item, and to its index entries. */
import db from 'dynalite/db/index.js'
import { type Item, keyNames, type Table, type TableIndex } from './tables.ts'
import { indexPrefix, tablePrefix } from './views.ts'

export type Change = {
  table: Table
  /** Undefined: the table itself. */
  index?: TableIndex
  partitionKey: string
  /** The key in LevelDB. */
  key: string
  before: Item | undefined
  after: Item | undefined
}

/**
 * Whether two items, or parts of them, are equal. dynalite's objects have no prototype, so Node's own
 * comparison always says no.
 */
export const isSame = (one: unknown, other: unknown): boolean => {
  if (typeof one !== 'object' || typeof other !== 'object' || !one || !other) return one === other
  const names = Object.keys(one)
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => isSame(Reflect.get(one, name), Reflect.get(other, name)))
  )
}

/** The index entry of an item, or undefined if the item lacks a part of the index's key. */
const entryOf = (table: Table, index: TableIndex, item: Item | undefined): Item | undefined => {
  if (!item || keyNames(index).some((name) => item[name] === undefined)) return undefined
  const { ProjectionType, NonKeyAttributes = [] } = index.Projection
  if (ProjectionType === 'ALL') return item
  const names = new Set([...keyNames(table), ...keyNames(index), ...NonKeyAttributes])
  return Object.fromEntries(Object.entries(item).filter(([name]) => names.has(name)))
}

/** Identifies a partition of a table or an index. */
export const partitionKeyOf = (of: Pick<Table, 'KeySchema'>, item: Item): string =>
  JSON.stringify(item[keyNames(of)[0] ?? ''])

const entryChanges = (
  table: Table,
  index: TableIndex,
  before: Item | undefined,
  after: Item | undefined,
): Change[] => {
  const [was, is] = [entryOf(table, index, before), entryOf(table, index, after)]
  if (isSame(was, is)) return []
  const prefix = indexPrefix('global', table.TableName, index.IndexName)
  const place = (entry: Item) => ({
    table,
    index,
    partitionKey: partitionKeyOf(index, entry),
    key: prefix + db.createIndexKey(entry, table, index.KeySchema),
  })
  const [from, to] = [was && place(was), is && place(is)]
  if (from && from.key === to?.key) return [{ ...from, before: was, after: is }]
  return [
    ...(from ? [{ ...from, before: was, after: undefined }] : []),
    ...(to ? [{ ...to, before: undefined, after: is }] : []),
  ]
}

/**
 * The changes of a write that replaces `before` with `after`: the item first, then the indexes whose entries
 * change.
 */
export const changesOf = (
  table: Table,
  key: Item,
  before: Item | undefined,
  after: Item | undefined,
): Change[] => [
  {
    table,
    partitionKey: partitionKeyOf(table, key),
    key: tablePrefix(table.TableName) + db.createKey(key, table),
    before,
    after,
  },
  ...table.GlobalSecondaryIndexes.flatMap((index) => entryChanges(table, index, before, after)),
]
