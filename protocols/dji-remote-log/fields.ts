/**
 * Forgiving readers for single fields of a dock's message: each gives a usable value or undefined, and none throws.
 * Values are bounded to what can be stored and shown again: a number beyond 2^53 or a fingerprint of 100 KB would be
 * refused later by the database, at the cost of the whole message.
 */

/** A JSON object of which nothing is known. */
export type Fields = { readonly [name: string]: unknown }

/** Whether a value is a JSON object. */
export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The value at a dotted path such as `data.output.status`. */
export const at = (from: unknown, path: string): unknown =>
  path.split('.').reduce((value: unknown, name) => (isFields(value) ? value[name] : undefined), from)

/** Docks and the servers in front of them write a missing value as null, too. */
export const isGiven = (value: unknown): boolean => value !== undefined && value !== null

/** A whole number, also as a string ("19"). */
export const integer = (
  value: unknown,
  { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = {},
): number | undefined => {
  const number = numberOf(value)
  return number !== undefined && Number.isInteger(number) && number >= min && number <= max
    ? number
    : undefined
}

/** A quantity of which fractions do not matter: 99.6 percent are 99. */
export const quantity = (value: unknown, max = Number.MAX_SAFE_INTEGER): number | undefined => {
  const number = numberOf(value)
  return number !== undefined && number >= 0 && number <= max ? Math.floor(number) : undefined
}

/** The end of the year 9999, the last that ISO 8601 writes with four digits. */
const latestTime = 253_402_300_799_999

/**
 * A point in time, in epoch milliseconds. The vendor's pages disagree on the unit (Dock 1 and 2: seconds, Dock 3:
 * milliseconds, all examples milliseconds): what is below 10^12, September 2001 in milliseconds, must be seconds.
 */
export const time = (value: unknown): number | undefined => {
  const number = numberOf(value)
  if (number === undefined || number < 0) return undefined
  const milliseconds = Math.round(number < 1e12 ? number * 1000 : number)
  return milliseconds <= latestTime ? milliseconds : undefined
}

/** A text that is not empty, has no control characters and can be encoded (no lone surrogates). */
export const text = (value: unknown, maxLength: number): string | undefined =>
  typeof value === 'string' &&
  value.length > 0 &&
  value.length <= maxLength &&
  value.isWellFormed() &&
  !/\p{Cc}/u.test(value)
    ? value
    : undefined

/**
 * An object key as reported, for comparing and showing. A text that no key of ours can be is altered and not dropped:
 * it names a foreign object, and without it the report would pass for one about ours. S3 allows 1,024 bytes.
 */
export const objectKey = (value: unknown): string | undefined => {
  if (typeof value !== 'string' || value === '') return undefined
  return value
    .slice(0, 1024)
    .toWellFormed()
    .replace(/\p{Cc}/gu, '\uFFFD')
}

/** The fields that have a value: facts leave out what was missing. */
export const given = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } => {
  const present: Partial<T> = { ...fields }
  for (const name in present) if (present[name] === undefined) delete present[name]
  return present as { [K in keyof T]?: Exclude<T[K], undefined> }
}

const numberOf = (value: unknown): number | undefined => {
  const isNumeric = typeof value === 'string' && /^-?\d{1,16}(\.\d{1,16})?$/.test(value)
  const number = isNumeric ? Number(value) : value
  // Adding zero makes -0 what it means.
  return typeof number === 'number' && Number.isFinite(number) ? number + 0 : undefined
}
