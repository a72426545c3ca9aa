/**
 * Reads expressions of AWS IoT SQL, loosest operator first: OR, AND, NOT, comparison and IN, sums, products,
 * members.
 */

import type { Cursor } from './sql-cursor.ts'
import { isFunction } from './sql-functions.ts'
import type { BinaryOperator, CastType, Expression } from './sql-syntax.ts'

/** AWS's names for the target of a cast. */
const castTypes: Readonly<Record<string, CastType>> = {
  string: 'string',
  nvarchar: 'string',
  text: 'string',
  ntext: 'string',
  varchar: 'string',
  int: 'int',
  integer: 'int',
  double: 'decimal',
  decimal: 'decimal',
  bool: 'boolean',
  boolean: 'boolean',
}

type Parse = (cursor: Cursor) => Expression

const list = (cursor: Cursor, close: string, parse: Parse): Expression[] => {
  const items: Expression[] = []
  if (cursor.takeSign(close)) return items
  do items.push(parse(cursor))
  while (cursor.takeSign(','))
  cursor.expectSign(close)
  return items
}

const parseObject: Parse = (cursor) => {
  const entries: [string, Expression][] = []
  if (cursor.takeSign('}')) return { kind: 'object', entries }
  do {
    const key = cursor.text()
    cursor.expectSign(':')
    entries.push([key, parseExpression(cursor)])
  } while (cursor.takeSign(','))
  cursor.expectSign('}')
  return { kind: 'object', entries }
}

const parseCase: Parse = (cursor) => {
  const value = parseExpression(cursor)
  const branches: [Expression, Expression][] = []
  while (cursor.takeWord('when')) {
    const test = parseExpression(cursor)
    cursor.expectWord('then')
    branches.push([test, parseExpression(cursor)])
  }
  if (branches.length === 0) throw cursor.fault('CASE needs a WHEN before')
  const otherwise = cursor.takeWord('else') ? parseExpression(cursor) : undefined
  cursor.expectWord('end')
  return { kind: 'case', value, branches, ...(otherwise && { otherwise }) }
}

const parseCast: Parse = (cursor) => {
  const value = parseExpression(cursor)
  cursor.expectWord('as')
  const name = cursor.name()
  const to = castTypes[name.toLowerCase()]
  if (!to) throw new Error(`cast to ${name} is not supported`)
  cursor.expectSign(')')
  return { kind: 'cast', value, to }
}

/** `*` stands for the whole payload as the first argument of encode and nowhere else. */
const parseCall = (cursor: Cursor, written: string): Expression => {
  const name = written.toLowerCase()
  if (name === 'cast') return parseCast(cursor)
  if (!isFunction(name)) throw new Error(`function ${written}() is not supported`)
  if (name !== 'encode' || !cursor.takeSign('*'))
    return { kind: 'call', name, arguments: list(cursor, ')', parseExpression) }
  cursor.expectSign(',')
  return { kind: 'call', name, arguments: [{ kind: 'all' }, ...list(cursor, ')', parseExpression)] }
}

const parseGroup: Parse = (cursor) => {
  if (cursor.takeWord('select')) throw new Error('nested SELECT queries are not supported')
  const inner = parseExpression(cursor)
  cursor.expectSign(')')
  return inner
}

const parseWord: Parse = (cursor) => {
  if (cursor.takeWord('null')) return { kind: 'literal', value: null }
  if (cursor.takeWord('true')) return { kind: 'literal', value: true }
  if (cursor.takeWord('false')) return { kind: 'literal', value: false }
  if (cursor.takeWord('case')) return parseCase(cursor)
  if (cursor.takeWord('exists')) throw new Error('EXISTS is not supported')
  const name = cursor.name()
  return cursor.takeSign('(') ? parseCall(cursor, name) : { kind: 'path', name }
}

const parsePrimary: Parse = (cursor) => {
  const text = cursor.takeText()
  if (text !== undefined) return { kind: 'literal', value: text }
  const number = cursor.takeNumber()
  if (number !== undefined) return { kind: 'literal', value: number }
  if (cursor.takeSign('(')) return parseGroup(cursor)
  if (cursor.takeSign('[')) return { kind: 'array', items: list(cursor, ']', parseExpression) }
  if (cursor.takeSign('{')) return parseObject(cursor)
  if (cursor.takeSign('-')) return { kind: 'unary', operator: 'minus', operand: parseMember(cursor) }
  return parseWord(cursor)
}

const parseMember: Parse = (cursor) => {
  let expression = parsePrimary(cursor)
  while (cursor.takeSign('.')) expression = { kind: 'member', of: expression, name: cursor.word() }
  return expression
}

const leftToRight =
  (operators: readonly BinaryOperator[], operand: Parse): Parse =>
  (cursor) => {
    let left = operand(cursor)
    for (;;) {
      const operator = operators.find((candidate) =>
        /\w/.test(candidate) ? cursor.takeWord(candidate) : cursor.takeSign(candidate) !== undefined,
      )
      if (!operator) return left
      left = { kind: 'binary', operator, left, right: operand(cursor) }
    }
  }

const parseProduct = leftToRight(['*', '/', '%'], parseMember)
const parseSum = leftToRight(['+', '-'], parseProduct)
const parseComparison = leftToRight(['=', '<>', '<=', '>=', '<', '>', 'in'], parseSum)
const parseNot: Parse = (cursor) =>
  cursor.takeWord('not')
    ? { kind: 'unary', operator: 'not', operand: parseNot(cursor) }
    : parseComparison(cursor)
const parseAnd = leftToRight(['and'], parseNot)
const parseOr = leftToRight(['or'], parseAnd)

/**
 * Parses one expression and stops before what follows it. Throws where AWS would refuse the rule, and by name
 * on a function we lack.
 */
export function parseExpression(cursor: Cursor): Expression {
  return parseOr(cursor)
}
