/** What only messages about logs hold: times in two units, and keys of objects. */
import { numberOf } from '../fields.ts'
import { trimmed } from '../json.ts'

/** The end of the year 9999, the last that ISO 8601 writes with four digits. */
const latestTime = 253_402_300_799_999

/**
 * A point in time, in epoch milliseconds. The vendor's pages disagree on the unit (Dock 1 and 2: seconds,
 * Dock 3: milliseconds, all examples milliseconds): what is below 10^12, September 2001 in milliseconds, must
 * be seconds.
 */
export const time = (value: unknown): number | undefined => {
  const number = numberOf(value)
  if (number === undefined || number < 0) return undefined
  const milliseconds = Math.round(number < 1e12 ? number * 1000 : number)
  return milliseconds <= latestTime ? milliseconds : undefined
}

/**
 * An object key as reported, for comparing and showing. A text that no key of ours can be is altered and not
 * dropped: it names a foreign object, and without it the report would pass for one about ours. S3 allows
 * 1,024 bytes.
 */
export const objectKey = (value: unknown): string | undefined => {
  if (typeof value !== 'string') return undefined
  const inner = trimmed(value)
  if (inner === '') return undefined
  return inner
    .slice(0, 1024)
    .toWellFormed()
    .replace(/\p{Cc}/gu, '\uFFFD')
}
