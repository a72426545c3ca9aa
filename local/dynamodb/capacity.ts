/**
 * The write units of a write. dynalite counts characters instead of bytes and ignores indexes, so they are
 * computed here.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html (a unit per
 * started KB of the larger of the item before and after; a failed condition consumes by the existing item, at
 * least one) and
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations.Writes
 * (indexes).
 */
import type { Change } from './changes.ts'
import type { Item } from './tables.ts'

/** Units of the table itself and of each index that was written. */
export type WriteUnits = { table: number; indexes: Record<string, number> }

type Size = (value: unknown) => number

/** The sum of the values' sizes. Without copies: every write measures all of its items. */
const sum = (values: readonly unknown[], size: Size): number => {
  let total = 0
  for (const value of values) total += size(value)
  return total
}
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const bytes: Size = (value) => Buffer.byteLength(String(value))
const binary: Size = (value) => Buffer.byteLength(String(value), 'base64')

/** One byte per two significant digits, and one more; a minus sign takes another. */
const digits: Size = (value) => {
  const [mantissa = ''] = String(value).toLowerCase().split('e')
  const significant = mantissa.replace(/[-+.]/g, '').replace(/^0+|0+$/g, '')
  return Math.ceil(significant.length / 2) + 1 + (mantissa.startsWith('-') ? 1 : 0)
}

const element: Size = (value) => 1 + valueSize(value)
const document: Size = (value) =>
  typeof value === 'object' && value !== null ? sum(Object.values(value), element) : 0

const sizes: Readonly<Record<string, Size>> = {
  S: bytes,
  N: digits,
  B: binary,
  BOOL: () => 1,
  NULL: () => 1,
  SS: (value) => sum(list(value), bytes),
  NS: (value) => sum(list(value), digits),
  BS: (value) => sum(list(value), binary),
  L: (value) => 3 + document(value),
  M: (value) =>
    3 + document(value) + (typeof value === 'object' && value !== null ? sum(Object.keys(value), bytes) : 0),
}

function valueSize(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let total = 0
  for (const [type, content] of Object.entries(value)) total += sizes[type]?.(content) ?? 0
  return total
}

/**
 * The size of an item in bytes: names and values.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export const itemSize = (item: Item): number =>
  sum(Object.keys(item), bytes) + sum(Object.values(item), valueSize)

const units = (item: Item | undefined): number => (item ? Math.max(1, Math.ceil(itemSize(item) / 1024)) : 1)

/** The units of one change: by the larger of the two items. */
export const unitsOf = ({ before, after }: Change): number => Math.max(units(before), units(after))

/** The units of a write. A moved index entry is a delete and a put, an unchanged one costs nothing. */
export const writeUnits = (changes: readonly Change[]): WriteUnits => {
  const indexes: Record<string, number> = {}
  let table = 0
  for (const change of changes)
    if (change.index) {
      const name = change.index.IndexName
      indexes[name] = (indexes[name] ?? 0) + unitsOf(change)
    } else table += unitsOf(change)
  return { table, indexes }
}

/** The units of a write whose condition was false. */
export const failedUnits = (before: Item | undefined): WriteUnits => ({ table: units(before), indexes: {} })

/** Adds both; a transaction passes 2 as factor, because it prepares and commits. */
export const addUnits = (
  left: WriteUnits = { table: 0, indexes: {} },
  right: WriteUnits,
  factor = 1,
): WriteUnits => {
  const indexes = { ...left.indexes }
  for (const [name, count] of Object.entries(right.indexes))
    indexes[name] = (indexes[name] ?? 0) + count * factor
  return { table: left.table + right.table * factor, indexes }
}

/** All units of a write. */
export const totalUnits = ({ table, indexes }: WriteUnits): number =>
  table + sum(Object.values(indexes), Number)
