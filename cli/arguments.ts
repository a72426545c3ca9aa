import { readFileSync } from 'node:fs'
import { text as wholeText } from 'node:stream/consumers'
import { InvalidArgumentError } from '@commander-js/extra-typings'
import { misused } from './exit.ts'

/** Parses arguments. Each error says what is valid. */

export const wholeFrom =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`
    throw new InvalidArgumentError(`It must be a whole number ${range}.`)
  }

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

const spanMs = (text: string): number | undefined => {
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? []
  return unit === undefined ? undefined : Number(count) * (unitMs[unit] ?? 0)
}

/** Seconds: `90`, `90s`, `10m`, `2h`, `1d`. */
export const secondsFrom = (text: string): number => {
  const ms = spanMs(/^\d+$/.test(text) ? `${text}s` : text)
  if (ms !== undefined && ms > 0) return ms / 1000
  throw new InvalidArgumentError('It must be a time like 90s, 10m, 2h or 1d.')
}

/** A time, or a time span ago: `2026-11-21T10:00:00Z`, `2026-11-21`, `2h`. */
export const pastFrom = (text: string): string => moment(text, -1)

/** A time, or a time span from now. */
export const futureFrom = (text: string): string => moment(text, 1)

const moment = (text: string, direction: 1 | -1): string => {
  const span = spanMs(text)
  const at = new Date(
    span === undefined && /^\d{4}-/.test(text) ? text : Date.now() + direction * (span ?? Number.NaN),
  )
  // A long span may lead to a year of more than four digits, which the API does not take, or to no date at all.
  if (at.getUTCFullYear() >= 0 && at.getUTCFullYear() <= 9999) return at.toISOString()
  throw new InvalidArgumentError('It must be a time like 2026-11-21T10:00:00Z, or a span like 2h.')
}

/** A comma-separated list, appended to earlier values. */
export const listFrom = (text: string, before: string[] | undefined): string[] => [
  ...(before ?? []),
  ...text
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean),
]

export const numbersFrom = (text: string, before: number[] | undefined): number[] => [
  ...(before ?? []),
  ...text.split(',').map((one) => wholeFrom(0)(one.trim())),
]

/** The text of a file, or of standard input for `-`. @throws Failure */
export const textIn = async (file: string): Promise<string> => {
  try {
    // An empty pipe must be awaited, which a synchronous read does not do.
    return file === '-' ? await wholeText(process.stdin) : readFileSync(file, 'utf8')
  } catch {
    throw misused(`${file} cannot be read`, 'Check its name, and that you may read it.')
  }
}
