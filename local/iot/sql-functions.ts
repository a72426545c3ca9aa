/**
 * The functions of AWS IoT SQL that rules may use here.
 * https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html
 *
 * A function that is not in this table stops the start by its name; a call with unfit arguments is Undefined,
 * as in AWS. `get_or_default` is evaluated in `sql.ts`, because its second argument counts only when the
 * first has no value.
 */
import { createHash } from 'node:crypto'
import { isArray, isObject, member, parseJson, toDecimal, toInt, toText, type Value } from './sql-values.ts'

/**
 * What a function can know besides its arguments. `clientId` is absent for a message that did not come over
 * MQTT.
 */
export type Surroundings = {
  topic: string
  clientId?: string
  traceId?: string
  accountId: string
  now(): number
  newId(): string
}

type SqlFunction = (given: readonly Value[], around: Surroundings) => Value

const onText =
  (apply: (first: string, ...rest: string[]) => Value, count = 1): SqlFunction =>
  (given) => {
    const [first, ...rest] = given.slice(0, count).map(toText)
    const others = rest.filter((text) => text !== undefined)
    return first === undefined || others.length !== count - 1 ? undefined : apply(first, ...others)
  }

const onNumber =
  (apply: (number: number) => number): SqlFunction =>
  ([value]) => {
    const number = toDecimal(value)
    return number === undefined ? undefined : apply(number)
  }

const get: SqlFunction = ([collection, key]) => {
  if (isObject(collection)) return typeof key === 'string' ? member(collection, key) : undefined
  const index = toInt(key)
  if (index === undefined) return undefined
  if (typeof collection === 'string') return collection[index]
  return isArray(collection) ? collection[index] : undefined
}

/** Two or more arguments: one array if any is an array, else text if any is a string. */
const concat: SqlFunction = (given) => {
  if (given.length < 2) return given[0]
  if (given.some(isArray)) return given.flatMap((value) => (isArray(value) ? value : [value]))
  const texts = given.map(toText).filter((text) => text !== undefined)
  return given.some((value) => typeof value === 'string') && texts.length === given.length
    ? texts.join('')
    : undefined
}

const encode: SqlFunction = ([value, scheme]) => {
  if (scheme !== 'base64') return undefined
  if (Buffer.isBuffer(value)) return value.toString('base64')
  const text = toText(value)
  return text === undefined ? undefined : Buffer.from(text).toString('base64')
}

/** A JSON document becomes an addressable value, other text stays text, and what is not base64 is Null. */
const decode: SqlFunction = ([value, scheme]) => {
  if (scheme !== 'base64' || typeof value !== 'string') return undefined
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(value) || value.length % 4 !== 0) return null
  const text = Buffer.from(value, 'base64').toString('utf8')
  const parsed = parseJson(text)
  return parsed ? parsed.json : text
}

const topic: SqlFunction = ([segment], around) => {
  if (segment === undefined) return around.topic
  const number = toInt(segment)
  return number === undefined ? undefined : around.topic.split('/')[number - 1]
}

/** Indexes below zero are zero, the end is exclusive. */
const substring: SqlFunction = ([value, from, to]) => {
  const [text, start, end] = [toText(value), toDecimal(from), toDecimal(to)]
  if (text === undefined || start === undefined || (to !== undefined && end === undefined)) return undefined
  return text.slice(
    Math.max(0, Math.trunc(start)),
    end === undefined ? undefined : Math.max(0, Math.trunc(end)),
  )
}

const hash = (algorithm: string): SqlFunction =>
  onText((text) => createHash(algorithm).update(text).digest('hex'))

const functions: Readonly<Record<string, SqlFunction>> = {
  abs: onNumber(Math.abs),
  accountid: (_, around) => around.accountId,
  ceil: onNumber(Math.ceil),
  clientid: (_, around) => around.clientId ?? 'n/a',
  concat,
  decode,
  encode,
  endswith: onText((text, end = '') => text.endsWith(end), 2),
  floor: onNumber(Math.floor),
  get,
  indexof: onText((text, part = '') => text.indexOf(part), 2),
  isnull: ([value]) => value === null,
  isundefined: ([value]) => value === undefined,
  length: onText((text) => text.length),
  lower: onText((text) => text.toLowerCase()),
  md5: hash('md5'),
  nanvl: ([value, fallback]) =>
    value === undefined || value === null || Number.isNaN(value) ? fallback : value,
  newuuid: (_, around) => around.newId(),
  numbytes: onText((text) => Buffer.byteLength(text)),
  replace: onText((text, part = '', by = '') => text.replaceAll(part, () => by), 3),
  sha1: hash('sha1'),
  sha256: hash('sha256'),
  sha512: hash('sha512'),
  sql_version: () => '2016-03-23',
  startswith: onText((text, start = '') => text.startsWith(start), 2),
  substring,
  timestamp: (_, around) => around.now(),
  topic,
  traceid: (_, around) => around.traceId,
  trim: onText((text) => text.trim()),
  upper: onText((text) => text.toUpperCase()),
}

/** Whether a rule may call a function, by its lower-case name. */
export const isFunction = (name: string): boolean =>
  name === 'get_or_default' || Object.hasOwn(functions, name)

/** Calls a function by its lower-case name. */
export const call = (name: string, given: readonly Value[], around: Surroundings): Value =>
  functions[name]?.(given, around)
