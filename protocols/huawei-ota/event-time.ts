/** The vendor's `event_time`: UTC as yyyyMMdd'T'HHmmss'Z', whole seconds. */
import { given } from '../json.ts'
import type { VersionReport } from './facts.ts'
import { remark } from './fields.ts'

/** 2026-11-22T05:26:08.000Z takes 24 characters; what else a device writes there is kept to be looked at. */
const textLength = 64

/** With or without separators and fractions: the vendor's Python SDK writes 2026-11-22T05:26:08Z. */
const pattern = /^(\d{4})-?(\d\d)-?(\d\d)T(\d\d):?(\d\d):?(\d\d)(\.\d{1,9})?Z$/

/**
 * What a device says about when an event was; nothing of it where it said nothing, the text alone if it is no
 * time.
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
  // Dates that do not exist, such as 30 February, are carried over into the next month instead of being
  // refused.
  const exists = !Number.isNaN(time) && new Date(time).toISOString().startsWith(seconds)
  return exists ? time : undefined
}
