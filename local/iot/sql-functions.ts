/**
 * The functions of AWS IoT SQL that the template's rules use, and their values.
 * https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html
 * https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-data-types.html
 *
 * A function that is missing from this table stops the start, with its name; a call with unsuitable arguments
 * is Undefined, as in AWS.
 */

/**
 * Any value of a statement. `undefined` is AWS's Undefined and `null` its Null: they differ, and Undefined
 * disappears when serialized. A Buffer is the payload.
 */
export type Value =
  | undefined
  | null
  | boolean
  | number
  | string
  | Buffer
  | readonly Value[]
  | { readonly [key: string]: Value }

/**
 * The context of a function besides its arguments. `clientId` is absent for a message that did not come over
 * MQTT.
 */
export type Surroundings = {
  topic: string
  clientId?: string
  now(): number
  newId(): string
  /** Decoded parts of this message: statements decode the same part again and again. */
  decoded?: Map<string, Value>
}

type SqlFunction = (given: readonly Value[], around: Surroundings) => Value

const encode: SqlFunction = ([value, scheme]) => {
  if (scheme !== 'base64') return undefined
  if (Buffer.isBuffer(value)) return value.toString('base64')
  return typeof value === 'string' ? Buffer.from(value).toString('base64') : undefined
}

const decode: SqlFunction = ([value, scheme], { decoded }) => {
  if (scheme !== 'base64' || typeof value !== 'string') return undefined
  if (decoded?.has(value)) return decoded.get(value)
  const result = fromBase64(value)
  decoded?.set(value, result)
  return result
}

/**
 * Decodes base64: a JSON document becomes an object with members, other text stays text. Invalid base64 is
 * Null.
 */
const fromBase64 = (value: string): Value => {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(value) || value.length % 4 !== 0) return null
  const text = Buffer.from(value, 'base64').toString('utf8')
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const topic: SqlFunction = ([segment], around) => {
  if (segment === undefined) return around.topic
  return typeof segment === 'number' ? around.topic.split('/')[segment - 1] : undefined
}

/**
 * A value as text, by AWS's conversions: lists and objects as JSON, undefined for Undefined and Null. A value
 * that is nested too deeply to serialize is Undefined.
 * https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-data-types.html#iot-sql-conversions
 */
export const textOf = (value: Value): string | undefined => {
  if (value === undefined || value === null || typeof value === 'string') return value ?? undefined
  if (Buffer.isBuffer(value)) return undefined
  try {
    return JSON.stringify(value)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

const regexpMatches: SqlFunction = ([value, pattern]) => {
  const [text, source] = [textOf(value), textOf(pattern)]
  if (text === undefined || source === undefined) return undefined
  try {
    return new RegExp(source).test(text)
  } catch {
    return undefined
  }
}

/** An element beyond the end, or of something other than a list, is Undefined. */
const get: SqlFunction = ([list, index]) =>
  Array.isArray(list) && typeof index === 'number' ? list[index] : undefined

const functions: Readonly<Record<string, SqlFunction>> = {
  clientid: (_, around) => around.clientId ?? 'n/a',
  decode,
  encode,
  get,
  get_or_default: ([value, fallback]) => value ?? fallback,
  isundefined: ([value]) => value === undefined,
  newuuid: (_, around) => around.newId(),
  regexp_matches: regexpMatches,
  timestamp: (_, around) => around.now(),
  topic,
}

/** Whether the function is known, by its lower-case name. */
export const isFunction = (name: string): boolean => Object.hasOwn(functions, name)

/** Calls a function by its lower-case name. */
export const call = (name: string, given: readonly Value[], around: Surroundings): Value =>
  functions[name]?.(given, around)

/** The member of an object; Undefined for anything else, inherited names included. */
export const member = (value: Value, key: string): Value => {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject && !Buffer.isBuffer(value)
    ? Object.entries(value).find(([name]) => name === key)?.[1]
    : undefined
}
