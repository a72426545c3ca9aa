import { dayMs, minuteMs, momentOf, wallTimeAt } from '../../runtime/zone.ts'
import type { Daily } from './shapes.ts'

/**
 * When a daily collection runs, in local time: once a day. Around changes of daylight saving time, `momentOf`
 * decides about times that occur twice or never. Pure; times are epoch ms.
 */

/** `day`: the local date, `YYYY-MM-DD`. */
export type Occurrence = { at: number; day: string }

export const nextDaily = (daily: Daily, after: number): Occurrence =>
  around(daily, after).find(({ at }) => at > after) ?? never()

/** The last occurrence that is not later than `by`. */
export const lastDaily = (daily: Daily, by: number): Occurrence =>
  around(daily, by).findLast(({ at }) => at <= by) ?? never()

const around = ({ at, timeZone }: Daily, moment: number): Occurrence[] => {
  const [hours = 0, minutes = 0] = at.split(':').map(Number)
  const today = Math.floor(wallTimeAt(timeZone, moment) / dayMs)
  return [-2, -1, 0, 1, 2].map((days) => {
    const midnight = (today + days) * dayMs
    return {
      at: momentOf(timeZone, midnight + (hours * 60 + minutes) * minuteMs),
      day: new Date(midnight).toISOString().slice(0, 10),
    }
  })
}

const never = (): never => {
  throw new RangeError('a day has no such time')
}
