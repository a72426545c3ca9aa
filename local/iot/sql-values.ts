/**
 * The values of AWS IoT SQL and the conversions between them.
 * https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-data-types.html
 *
 * `undefined` is AWS's Undefined and `null` its Null: they differ, and Undefined vanishes when serialized. A
 * Buffer is a payload that is no JSON document. Numbers are doubles, where AWS keeps 34 digits: epoch
 * milliseconds are exact, longer integers are not.
 */

/** Any value of a statement. */
export type Value =
  | undefined
  | null
  | boolean
  | number
  | string
  | Buffer
  | readonly Value[]
  | { readonly [key: string]: Value }

/** An object of the payload or of a literal, as opposed to an array or bytes. */
export const isObject = (value: Value): value is { readonly [key: string]: Value } =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value)

/** An array of the payload or of a literal. */
export const isArray = (value: Value): value is readonly Value[] => Array.isArray(value)

/** The strings that AWS converts to a number: its own pattern, so `" 1"`, `"0x1"` and `""` are none. */
const decimalPattern = /^-?\d+(\.\d+)?(E-?\d+)?$/i

/** The standard conversion to Decimal: numbers and decimal strings; anything else is Undefined. */
export const toDecimal = (value: Value): number | undefined => {
  if (typeof value === 'number') return value
  if (typeof value === 'string' && decimalPattern.test(value)) return Number(value)
  return undefined
}

/** The standard conversion to Int: a Decimal is rounded, a string is truncated. */
export const toInt = (value: Value): number | undefined => {
  const decimal = toDecimal(value)
  if (decimal === undefined) return undefined
  return typeof value === 'string' ? Math.trunc(decimal) : Math.round(decimal)
}

/** The standard conversion to Boolean: booleans and the words true and false in any case. */
export const toBoolean = (value: Value): boolean | undefined => {
  if (typeof value === 'boolean') return value
  if (typeof value !== 'string') return undefined
  const word = value.toLowerCase()
  return word === 'true' ? true : word === 'false' ? false : undefined
}

/** The standard conversion to String: Null and Undefined have none, arrays and objects become JSON. */
export const toText = (value: Value): string | undefined => {
  if (value === undefined || value === null) return undefined
  if (Buffer.isBuffer(value)) return value.toString('utf8')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** Whether two values are equal: no conversion, arrays in order, objects in any order. */
export const equal = (left: Value, right: Value): boolean => {
  if (isArray(left) && isArray(right))
    return left.length === right.length && left.every((item, index) => equal(item, right[index]))
  if (isObject(left) && isObject(right)) {
    const keys = Object.keys(left)
    const same = keys.length === Object.keys(right).length
    return same && keys.every((key) => Object.hasOwn(right, key) && equal(left[key], right[key]))
  }
  return left === right
}

/** The member of an object; Undefined for anything else, inherited names included. */
export const member = (value: Value, key: string): Value =>
  isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined

/** Reads JSON text into a value, or says that it is none. */
export const parseJson = (text: string): { json: Value } | undefined => {
  try {
    const json: Value = JSON.parse(text)
    return { json }
  } catch {
    return undefined
  }
}
