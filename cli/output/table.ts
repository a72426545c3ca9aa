import { cut, padded, plain, type Style, widthOf } from './text.ts'

/** A column of a table: its title, value and style. */
export type Column<Item> = {
  title: string
  value: (item: Item) => unknown
  /** The text on a terminal, if it differs from the value. */
  shown?: (item: Item) => string
  style?: (item: Item) => Style | undefined
}

/** The sanitized values, for programs. */
export const rows = <Item>(items: readonly Item[], columns: readonly Column<Item>[]): string[][] =>
  items.map((item) => columns.map(({ value }) => plain(value(item)).replaceAll('\t', ' ')))

type Look = { width: number; styled: (style: Style, text: string) => string }

const gap = 2

/** The narrowest width of a column on a narrow terminal. */
const narrowest = 8

/** Shrinks the widest column until all fit; wider tables wrap. */
const fitting = (widths: number[], room: number): number[] => {
  const fitted = [...widths]
  for (;;) {
    const whole = fitted.reduce((sum, width) => sum + width + gap, -gap)
    const widest = Math.max(...fitted)
    if (whole <= room || widest <= narrowest) return fitted
    fitted[fitted.indexOf(widest)] = Math.max(narrowest, widest - (whole - room))
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
    filled.map((column) =>
      Math.max(...items.map((item) => widthOf(text(column, item))), widthOf(column.title)),
    ),
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
