import { cut, padded, plain, type Style, widthOf } from './text.ts'

/** A column of a table: its title, value and style. */
export type Column<Item> = {
  title: string
  value: (item: Item) => unknown
  /** The text on a terminal, if it differs from the value. */
  shown?: (item: Item) => string
  /** For ids, which people copy: never cut. */
  whole?: true
  style?: (item: Item) => Style | undefined
}

/** The sanitized values, for programs. */
export const rows = <Item>(items: readonly Item[], columns: readonly Column<Item>[]): string[][] =>
  items.map((item) => columns.map(({ value }) => plain(value(item)).replaceAll('\t', ' ')))

type Look = { width: number; styled: (style: Style, text: string) => string }

const gap = 2

/** The narrowest width of a column on a narrow terminal. */
const narrowest = 8

type Width = { width: number; whole: boolean }

/** Shrinks the widest column that may be cut, until all fit; wider tables wrap. */
const fitting = (columns: readonly Width[], room: number): number[] => {
  const fitted = columns.map(({ width }) => width)
  for (;;) {
    const sum = fitted.reduce((all, width) => all + width + gap, -gap)
    const cuttable = columns.map(({ whole }, n) => (whole ? 0 : (fitted[n] ?? 0)))
    const widest = Math.max(...cuttable)
    if (sum <= room || widest <= narrowest) return fitted
    fitted[cuttable.indexOf(widest)] = Math.max(narrowest, widest - (sum - room))
  }
}

/** The table for a terminal with the given number of columns. Empty columns are left out. */
export const table = <Item>(
  items: readonly Item[],
  columns: readonly Column<Item>[],
  { width, styled }: Look,
): string => {
  const text = (column: Column<Item>, item: Item): string => plain(column.shown?.(item) ?? column.value(item))
  const filled = columns.filter((column) => items.some((item) => text(column, item) !== ''))
  const widths = fitting(
    filled.map((column) => ({
      width: Math.max(...items.map((item) => widthOf(text(column, item))), widthOf(column.title)),
      whole: column.whole === true,
    })),
    width,
  )
  const line = (cells: string[]): string => cells.join(' '.repeat(gap)).trimEnd()
  const cell = (column: Column<Item>, item: Item, n: number): string => {
    const fitted = padded(cut(text(column, item), widths[n] ?? 0), widths[n] ?? 0)
    const style = column.style?.(item)
    return style === undefined ? fitted : styled(style, fitted)
  }
  const head = line(
    filled.map(({ title }, n) => styled('dim', padded(cut(title, widths[n] ?? 0), widths[n] ?? 0))),
  )
  return [head, ...items.map((item) => line(filled.map((column, n) => cell(column, item, n))))].join('\n')
}
