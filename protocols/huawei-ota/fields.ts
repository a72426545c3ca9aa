/**
 * Forgiving readers for single fields of a device's message: each gives a usable value or undefined, and none
 * throws.
 */
import { escaped } from '../invisible.ts'
import { bare, trimmed } from '../json.ts'

/** A text that is not empty, without what is around it. */
export const word = (value: unknown): string | undefined =>
  typeof value === 'string' ? trimmed(value) || undefined : undefined

/** A whole number, also as a string ("80"). A fraction is none: 80.5 is not 80. */
export const integer = (
  value: unknown,
  { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = {},
): number | undefined => {
  const given = bare(value)
  const isNumeric = typeof given === 'string' && /^-?\d{1,16}(\.0{1,16})?$/.test(given)
  const number = isNumeric ? Number(given) : given
  // Adding zero makes -0 what it means.
  return typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max
    ? number + 0
    : undefined
}

/**
 * A text for people to read: cut, in one line, without control characters, which make a terminal or a log
 * lie, and without what is around it. Other characters that are not seen are written out.
 */
export const remark = (value: unknown, maxLength: number): string | undefined => {
  const line = word(value)
    ?.slice(0, maxLength)
    .toWellFormed()
    .replace(/\p{Cc}/gu, ' ')
  if (line === undefined) return undefined
  const shown = escaped(line)
  if (shown.length <= maxLength) return shown
  // What is written out is not cut in the middle.
  return shown
    .slice(0, maxLength)
    .replace(/\\(?:u(?:\{[0-9a-f]*)?)?$/, '')
    .toWellFormed()
}
