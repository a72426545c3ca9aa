/**
 * Forgiving readers for single fields of a dock's message: each gives a usable value or undefined, and none
 * throws. Values are bounded to what can be stored and shown again: a number beyond 2^53 or a text of 100 KB
 * would be refused later by the database, at the cost of the whole message.
 */
import { bare, trimmed } from './json.ts'

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

/** A whole number that is not negative. */
export const natural = (value: unknown): number | undefined => integer(value, { min: 0 })

/** A quantity of which fractions do not matter: 99.6 percent are 99. */
export const quantity = (value: unknown, max = Number.MAX_SAFE_INTEGER): number | undefined => {
  const number = numberOf(value)
  return number !== undefined && number >= 0 && number <= max ? Math.floor(number) : undefined
}

/**
 * A text without what is around it, that is not empty, has no control characters and can be encoded (no lone
 * surrogates).
 */
export const text = (value: unknown, maxLength: number): string | undefined => {
  const inner = typeof value === 'string' ? trimmed(value) : ''
  const isUsable =
    inner.length > 0 && inner.length <= maxLength && inner.isWellFormed() && !/\p{Cc}/u.test(inner)
  return isUsable ? inner : undefined
}

/** Ids are UUIDs as a rule, serial numbers are shorter still. */
const idLength = 128

/** The id of a message, a process or a device. */
export const identifier = (value: unknown): string | undefined => text(value, idLength)

/** A number, also as a string. */
export const numberOf = (value: unknown): number | undefined => {
  const given = bare(value)
  const isNumeric = typeof given === 'string' && /^-?\d{1,16}(\.\d{1,16})?$/.test(given)
  const number = isNumeric ? Number(given) : given
  // Adding zero makes -0 what it means.
  return typeof number === 'number' && Number.isFinite(number) ? number + 0 : undefined
}
