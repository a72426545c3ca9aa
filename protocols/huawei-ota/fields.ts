/**
 * Tolerant readers for single fields of a device's message: each returns a usable value or undefined, and
 * none throws.
 */
import { escaped } from '../invisible.ts'
import { trimmed } from '../json.ts'

/** A trimmed string that is not empty. */
export const word = (value: unknown): string | undefined =>
  typeof value === 'string' ? trimmed(value) || undefined : undefined

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
