/**
 * Tolerant readers for single fields of a device's message: each returns a usable value or undefined, and
 * none throws.
 */
import { escaped } from '../invisible.ts'
import { bare, trimmed } from '../json.ts'

/** A trimmed string that is not empty. */
export const word = (value: unknown): string | undefined =>
  typeof value === 'string' ? trimmed(value) || undefined : undefined

/** A whole number, also as a string ("80"). A fraction is not: 80.5 is not 80. */
export const integer = (
  value: unknown,
  { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = {},
): number | undefined => {
  const given = bare(value)
  const isNumeric = typeof given === 'string' && /^-?\d{1,16}(\.0{1,16})?$/.test(given)
  const number = isNumeric ? Number(given) : given
  // Adding zero turns -0 into 0.
  return typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max
    ? number + 0
    : undefined
}

/**
 * A string for people to read: trimmed, shortened, in one line, without control characters, which make a
 * terminal or a log misleading. Other invisible characters are escaped.
 */
export const remark = (value: unknown, maxLength: number): string | undefined => {
  const line = word(value)
    ?.slice(0, maxLength)
    .toWellFormed()
    .replace(/\p{Cc}/gu, ' ')
  if (line === undefined) return undefined
  const shown = escaped(line)
  if (shown.length <= maxLength) return shown
  // An escape is not cut in two.
  return shown
    .slice(0, maxLength)
    .replace(/\\(?:u(?:\{[0-9a-f]*)?)?$/, '')
    .toWellFormed()
}
