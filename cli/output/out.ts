import { styleText } from 'node:util'
import type { List } from '../../client/index.ts'
import { progressLine } from './progress.ts'
import { type Column, rows, table } from './table.ts'
import { harmlessJson, plain, type Sink, type Style, usualWidth } from './text.ts'

/** The output streams: data to `stdout`, messages to `stderr`. */
export type Streams = { stdout: Sink; stderr: Sink }

export type OutOptions = { json: boolean }

type ListOptions = { limit?: number | undefined; empty: string }

/**
 * The output of a command. On a terminal it uses tables, colours and a progress line; otherwise values
 * separated by tabs, and a line per step. With `--json` each record is a line of JSON.
 * https://no-color.org, https://nodejs.org/api/util.html#utilstyletextformat-text-options
 */
export const createOut = ({ stdout, stderr }: Streams, { json }: OutOptions) => {
  const styled = (style: Style, text: string, stream: Sink = stdout): string =>
    styleText(style, text, { stream })
  const progress = progressLine(stderr)
  const width = (): number => stdout.columns ?? usualWidth
  const print = (text: string): void => {
    progress.clear()
    stdout.write(`${text}\n`)
  }
  const note = (text: string): void => {
    progress.clear()
    stderr.write(`${text}\n`)
  }
  return {
    json,
    isTerminal: stdout.isTTY === true,
    styled,
    /** Sanitizes foreign text within our sentence. */
    safe: plain,
    /** Prints our own text, without foreign parts. */
    print,
    /** Prints a message beside the data: what was done, what to do next. */
    note,
    progress,
    /** One record: as JSON, or the result of `shown`. */
    record: (record: unknown, shown: () => string): void => print(json ? harmlessJson(record) : shown()),
    /** Records of one kind, as they arrive; on a terminal as a table, once all have arrived. */
    list: async <Item>(
      items: List<Item>,
      columns: readonly Column<Item>[],
      { limit, empty }: ListOptions,
    ) => {
      const shown = limit === undefined ? items : await items.take(limit)
      const all: Item[] = []
      for await (const item of shown) {
        if (json) print(harmlessJson(item))
        else if (stdout.isTTY) all.push(item)
        else print(rows([item], columns)[0]?.join('\t') ?? '')
      }
      if (json || !stdout.isTTY) return
      if (all.length === 0) note(empty)
      else print(table(all, columns, { width: width(), styled }))
    },
    /** Rows that belong to one record. */
    rows: <Item>(items: readonly Item[], columns: readonly Column<Item>[]): void => {
      if (items.length === 0) return
      if (stdout.isTTY) print(table(items, columns, { width: width(), styled }))
      else for (const row of rows(items, columns)) print(row.join('\t'))
    },
  }
}
export type Out = ReturnType<typeof createOut>
