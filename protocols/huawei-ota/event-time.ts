/** The vendor's `event_time`: UTC as yyyyMMdd'T'HHmmss'Z', whole seconds. */
import { given } from '../json.ts'
import type { VersionReport } from './facts.ts'
import { remark } from './fields.ts'

/** 2026-11-22T05:26:08.000Z has 24 characters; other texts are kept so that people can look at them. */
const textLength = 64

/** With or without separators and fractions: the vendor's Python SDK writes 2026-11-22T05:26:08Z. */
const pattern = /^(\d{4})-?(\d\d)-?(\d\d)T(\d\d):?(\d\d):?(\d\d)(\.\d{1,9})?Z$/

/**
 * The time of an event as the device reports it: nothing if it is missing, only the text if it is not a time.
 */
export const readEventTime = (value: unknown): Pick<VersionReport, 'eventTime' | 'eventTimeText'> => {
  const eventTimeText = remark(value, textLength)
  return given({ eventTime: eventTimeText === undefined ? undefined : timeOf(eventTimeText), eventTimeText })
}

/** A time in epoch milliseconds, as the vendor writes it. */
export const writeEventTime = (time: number): string =>
  `${new Date(time).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`

const timeOf = (text: string): number | undefined => {
  const [, year, month, day, hour, minute, second, fraction = ''] = pattern.exec(text) ?? []
  if (second === undefined) return undefined
  const seconds = `${year}-${month}-${day}T${hour}:${minute}:${second}`
  const time = Date.parse(`${seconds}${fraction}Z`)
  // Dates that do not exist, such as 30 February, would be carried over into the next month instead of being
  // rejected.
  const exists = !Number.isNaN(time) && new Date(time).toISOString().startsWith(seconds)
  return exists ? time : undefined
}
