/**
 * Reads a statement of AWS IoT SQL version 2016-03-23 into its syntax tree.
 * https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-reference.html
 *
 * Not supported, and refused by name: SET variables, nested SELECT queries, EXISTS, and a statement without
 * FROM (Basic Ingest). A selected expression other than a name needs an alias: AWS does not document how it
 * names such a column.
 */

import { type Cursor, cursorOver } from './sql-cursor.ts'
import { parseExpression } from './sql-expressions.ts'
import type { SelectItem, Statement } from './sql-syntax.ts'

const parseAlias = (cursor: Cursor): string[] => {
  const alias = [cursor.word()]
  while (cursor.takeSign('.')) alias.push(cursor.word())
  return alias
}

const parseItem = (cursor: Cursor): SelectItem => {
  if (cursor.takeSign('*')) return { expression: { kind: 'all' } }
  const expression = parseExpression(cursor)
  if (cursor.takeWord('as')) return { expression, alias: parseAlias(cursor) }
  if (expression.kind === 'path') return { expression, alias: [expression.name] }
  throw cursor.fault('needs AS and an alias before')
}

const parseTopicFilter = (cursor: Cursor): string => {
  const filter = cursor.text()
  // Of the reserved topics the broker here publishes on these alone: lifecycle.ts.
  const isLifecycle = /^\$aws\/events\/presence\/(connected|disconnected|\+)\/[^/]+$/.test(filter)
  if (filter.startsWith('$') && !isLifecycle) throw new Error(`reserved topic '${filter}' has no source here`)
  return filter
}

/** Parses a whole statement. Throws an Error that says what is wrong or unsupported, and where. */
export const parseStatement = (sql: string): Statement => {
  const cursor = cursorOver(sql)
  if (cursor.takeWord('set')) throw new Error('SET is not supported')
  cursor.expectWord('select')
  const value = cursor.takeWord('value')
  const items = [value ? { expression: parseExpression(cursor) } : parseItem(cursor)]
  while (cursor.takeSign(',')) {
    if (value) throw new Error('SELECT VALUE takes one expression')
    items.push(parseItem(cursor))
  }
  cursor.expectWord('from')
  const topicFilter = parseTopicFilter(cursor)
  const where = cursor.takeWord('where') ? parseExpression(cursor) : undefined
  cursor.expectEnd()
  return { value, items, topicFilter, ...(where && { where }) }
}
