/**
 * Tolerant readers for single fields of a message: each returns a usable value or undefined, and none
 * throws. Values are limited to what can be stored and shown again: the database would later refuse a number
 * beyond 2^53 or a string of 100 KB, and with it the whole message.
 */
import { bare, trimmed } from './json.ts'

/** A whole number, also as a string ("19", "80.0"). A fraction is not: 80.5 is not 80. */
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

/** A quantity whose fraction does not matter: 99.6 percent become 99. */
export const quantity = (value: unknown, max = Number.MAX_SAFE_INTEGER): number | undefined => {
  const number = numberOf(value)
  return number !== undefined && number >= 0 && number <= max ? Math.floor(number) : undefined
}

/** A trimmed string that is not empty, has no control characters and can be encoded (no lone surrogates). */
export const text = (value: unknown, maxLength: number): string | undefined => {
  const inner = typeof value === 'string' ? trimmed(value) : ''
  const isUsable =
    inner.length > 0 && inner.length <= maxLength && inner.isWellFormed() && !/\p{Cc}/u.test(inner)
  return isUsable ? inner : undefined
}

/** Ids are usually UUIDs; serial numbers are shorter. */
const idLength = 128

/** The id of a message, a process or a device. */
export const identifier = (value: unknown): string | undefined => text(value, idLength)

/** A number, also as a string. */
export const numberOf = (value: unknown): number | undefined => {
  const given = bare(value)
  const isNumeric = typeof given === 'string' && /^-?\d{1,16}(\.\d{1,16})?$/.test(given)
  const number = isNumeric ? Number(given) : given
  // Adding zero turns -0 into 0.
  return typeof number === 'number' && Number.isFinite(number) ? number + 0 : undefined
}
