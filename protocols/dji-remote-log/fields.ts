/** Fields that only messages about logs have: times in two units, and names of objects and processes. */
import { numberOf } from '../fields.ts'
import { isBlank, trimmed } from '../json.ts'

/** The end of the year 9999, the last that ISO 8601 writes with four digits. */
const latestTime = 253_402_300_799_999

/**
 * A point in time, in epoch milliseconds. The vendor's pages disagree on the unit (Dock 1 and 2: seconds,
 * Dock 3: milliseconds, all examples: milliseconds): a value below 10^12, which is September 2001 in
 * milliseconds, must be seconds.
 */
export const time = (value: unknown): number | undefined => {
  const number = numberOf(value)
  if (number === undefined || number < 0) return undefined
  const milliseconds = Math.round(number < 1e12 ? number * 1000 : number)
  return milliseconds <= latestTime ? milliseconds : undefined
}

/**
 * A name as reported, for comparing and showing. A name that cannot be ours is altered, not dropped: it names
 * something foreign, and without it the report would pass for one about ours.
 */
const nameOf =
  (maxLength: number) =>
  (value: unknown): string | undefined => {
    if (isBlank(value)) return undefined
    // Not converted to JSON: a list may be nested too deeply for that.
    if (typeof value === 'object') return Array.isArray(value) ? '[…]' : '{…}'
    return trimmed(String(value))
      .slice(0, maxLength)
      .toWellFormed()
      .replace(/\p{Cc}/gu, '\uFFFD')
  }

/** The process that a message belongs to. */
export const processName = nameOf(128)

/** The key of an object; S3 allows 1,024 bytes. */
export const objectKey = nameOf(1024)
