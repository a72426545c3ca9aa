/**
 * The operators of AWS IoT SQL. https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-operators.html
 */
import type { BinaryOperator, CastType } from './sql-syntax.ts'
import { equal, isArray, toBoolean, toDecimal, toText, type Value } from './sql-values.ts'

const logical =
  (combine: (left: boolean, right: boolean) => boolean) =>
  (left: Value, right: Value): Value => {
    const [a, b] = [toBoolean(left), toBoolean(right)]
    return a === undefined || b === undefined ? undefined : combine(a, b)
  }

const numeric =
  <Result extends Value>(combine: (left: number, right: number) => Result) =>
  (left: Value, right: Value): Value => {
    const [a, b] = [toDecimal(left), toDecimal(right)]
    if (a === undefined || b === undefined) return undefined
    const result = combine(a, b)
    return typeof result === 'number' && !Number.isFinite(result) ? undefined : result
  }

/** Two Ints give an Int, so 5 / 2 is 2. */
const divide = (left: number, right: number): number =>
  Number.isInteger(left) && Number.isInteger(right) ? Math.trunc(left / right) : left / right

const compare = (left: Value, right: Value, unequal: boolean): Value =>
  left === undefined || right === undefined ? undefined : equal(left, right) !== unequal

const add = (left: Value, right: Value): Value => {
  if (typeof left === 'number' && typeof right === 'number') return left + right
  if (typeof left !== 'string' && typeof right !== 'string') return undefined
  const [a, b] = [toText(left), toText(right)]
  return a === undefined || b === undefined ? undefined : a + b
}

const isIn = (left: Value, right: Value): Value =>
  left === undefined || !isArray(right) ? undefined : right.some((item) => equal(left, item))

/** Every binary operator as a function of its operands' values. */
export const operators: Readonly<Record<BinaryOperator, (left: Value, right: Value) => Value>> = {
  and: logical((left, right) => left && right),
  or: logical((left, right) => left || right),
  in: isIn,
  '=': (left, right) => compare(left, right, false),
  '<>': (left, right) => compare(left, right, true),
  '<': numeric((left, right) => left < right),
  '<=': numeric((left, right) => left <= right),
  '>': numeric((left, right) => left > right),
  '>=': numeric((left, right) => left >= right),
  '+': add,
  '-': numeric((left, right) => left - right),
  '*': numeric((left, right) => left * right),
  '/': numeric(divide),
  '%': numeric((left, right) => left % right),
}

/** `NOT x`: Undefined unless x is a boolean or the word for one. */
export const not = (operand: Value): Value => {
  const value = toBoolean(operand)
  return value === undefined ? undefined : !value
}

/** `-x`. */
export const negate = (operand: Value): Value => {
  const value = toDecimal(operand)
  return value === undefined ? undefined : -value
}

const castToNumber = (value: Value): number | undefined =>
  typeof value === 'boolean' ? Number(value) : toDecimal(value)

/**
 * `cast(x as T)`: the standard conversions, and between numbers and booleans; what has no cast is Undefined.
 */
export const casts: Readonly<Record<CastType, (value: Value) => Value>> = {
  string: toText,
  decimal: castToNumber,
  int: (value) => {
    const number = castToNumber(value)
    return number === undefined ? undefined : Math.floor(number)
  },
  boolean: (value) => (typeof value === 'number' ? value !== 0 : toBoolean(value)),
}
