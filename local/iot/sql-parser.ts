/**
 * Parses a statement of AWS IoT SQL version 2016-03-23 into its syntax tree. It knows only the syntax that
 * the template's rules use, which never read a payload by a bare name. Other syntax is refused with its
 * position, functions with their name.
 * https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-reference.html
 */

import { type Cursor, cursorOver } from './sql-cursor.ts'
import { isFunction } from './sql-functions.ts'
import type { Expression, SelectItem, Statement } from './sql-syntax.ts'

const list = (cursor: Cursor, close: string): Expression[] => {
  const items: Expression[] = []
  if (cursor.takeSign(close)) return items
  do items.push(parseExpression(cursor))
  while (cursor.takeSign(','))
  cursor.expectSign(close)
  return items
}

/** `*` is the whole payload; allowed only as the first argument of encode. */
const parseCall = (cursor: Cursor): Expression => {
  const written = cursor.name()
  const name = written.toLowerCase()
  if (!cursor.takeSign('(')) throw new Error(`a name of the payload (${written}) is not supported`)
  if (!isFunction(name)) throw new Error(`function ${written}() is not supported`)
  if (name !== 'encode' || !cursor.takeSign('*')) return { kind: 'call', name, arguments: list(cursor, ')') }
  cursor.expectSign(',')
  return { kind: 'call', name, arguments: [{ kind: 'payload' }, ...list(cursor, ')')] }
}

const takeLiteral = (cursor: Cursor): string | number | boolean | undefined => {
  if (cursor.takeWord('true')) return true
  if (cursor.takeWord('false')) return false
  return cursor.takeText() ?? cursor.takeNumber()
}

/** https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-case.html */
const parseCase = (cursor: Cursor): Expression => {
  const of = parseExpression(cursor)
  const branches: Extract<Expression, { kind: 'case' }>['branches'] = []
  cursor.expectWord('when')
  do {
    const when = parseExpression(cursor)
    cursor.expectWord('then')
    branches.push({ when, result: parseExpression(cursor) })
  } while (cursor.takeWord('when'))
  const otherwise = cursor.takeWord('else') ? parseExpression(cursor) : undefined
  cursor.expectWord('end')
  return { kind: 'case', of, branches, ...(otherwise && { otherwise }) }
}

const parseMember = (cursor: Cursor): Expression => {
  if (cursor.takeWord('case')) return parseCase(cursor)
  const value = takeLiteral(cursor)
  let expression: Expression = value === undefined ? parseCall(cursor) : { kind: 'literal', value }
  while (cursor.takeSign('.')) expression = { kind: 'member', of: expression, name: cursor.name() }
  return expression
}

const parseIn = (cursor: Cursor): Expression => {
  const value = parseMember(cursor)
  if (!cursor.takeWord('in')) return value
  cursor.expectSign('[')
  return { kind: 'in', value, list: list(cursor, ']') }
}

const parseNot = (cursor: Cursor): Expression => {
  if (cursor.takeWord('not')) return { kind: 'not', of: parseNot(cursor) }
  if (!cursor.takeSign('(')) return parseIn(cursor)
  const inner = parseExpression(cursor)
  cursor.expectSign(')')
  return inner
}

const parseAnd = (cursor: Cursor): Expression => {
  let left = parseNot(cursor)
  while (cursor.takeWord('and')) left = { kind: 'and', left, right: parseNot(cursor) }
  return left
}

/** https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-operators.html */
const parseExpression = (cursor: Cursor): Expression => {
  let left = parseAnd(cursor)
  while (cursor.takeWord('or')) left = { kind: 'or', left, right: parseAnd(cursor) }
  return left
}

const parseItem = (cursor: Cursor): SelectItem => {
  const expression = parseExpression(cursor)
  // AWS does not document how it names a column without an alias.
  cursor.expectWord('as')
  return { expression, alias: cursor.name() }
}

const parseTopicFilter = (cursor: Cursor): string => {
  const filter = cursor.text()
  // The only reserved topics that the broker here publishes on: lifecycle.ts.
  const isLifecycle = /^\$aws\/events\/presence\/(connected|disconnected|\+)\/[^/]+$/.test(filter)
  if (filter.startsWith('$') && !isLifecycle) throw new Error(`reserved topic '${filter}' has no source here`)
  return filter
}

/** Parses a single expression, as in a substitution template. Throws as `parseStatement` does. */
export const parseBareExpression = (text: string): Expression => {
  const cursor = cursorOver(text)
  const expression = parseExpression(cursor)
  cursor.expectEnd()
  return expression
}

/** Parses a whole statement. Throws an Error that says what is wrong or unsupported, and where. */
export const parseStatement = (sql: string): Statement => {
  const cursor = cursorOver(sql)
  cursor.expectWord('select')
  const items = [parseItem(cursor)]
  while (cursor.takeSign(',')) items.push(parseItem(cursor))
  cursor.expectWord('from')
  const topicFilter = parseTopicFilter(cursor)
  const where = cursor.takeWord('where') ? parseExpression(cursor) : undefined
  cursor.expectEnd()
  return { items, topicFilter, ...(where && { where }) }
}
