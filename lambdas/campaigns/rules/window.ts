import { dayMs, minuteMs, momentOf, wallTimeAt } from '../../runtime/zone.ts'
import type { Window } from './shapes.ts'

/**
 * When a campaign may make offers. A window opens on each of its days at `from`, local time, and stays open
 * for `minutes` of elapsed time. So one that begins before midnight reaches into the next day, and in a night
 * with a change to or from daylight saving time it ends an hour earlier or later by local time. Calendars do
 * the same: https://www.rfc-editor.org/rfc/rfc5545#section-3.8.5.3. Pure.
 *
 * `zone` is the device's own; the window's takes precedence, and without either it is UTC. Times are epoch
 * ms.
 */

export const isOpenAt = (window: Window, zone: string | undefined, at: number): boolean =>
  openings(window, zone, at, { daysBack: 2, daysAhead: 1 }).some(
    (opens) => opens <= at && at < opens + window.minutes * minuteMs,
  )

/** When it next opens, after `at`. Undefined: on none of its days. */
export const nextOpening = (window: Window, zone: string | undefined, at: number): number | undefined =>
  openings(window, zone, at, { daysBack: 1, daysAhead: 8 }).find((opens) => opens > at)

/** Day 0 of the epoch was a Thursday. */
const weekdays = ['thu', 'fri', 'sat', 'sun', 'mon', 'tue', 'wed'] as const

/** Earliest first. */
const openings = (
  { days, from, timeZone }: Window,
  zone: string | undefined,
  at: number,
  { daysBack, daysAhead }: { daysBack: number; daysAhead: number },
): number[] => {
  const itsZone = timeZone ?? zone ?? 'UTC'
  const today = Math.floor(wallTimeAt(itsZone, at) / dayMs)
  const [hours = 0, minutes = 0] = from.split(':').map(Number)
  return Array.from({ length: daysBack + daysAhead + 1 }, (_, n) => today - daysBack + n)
    .filter((day) => days.some((name) => name === weekdays[((day % 7) + 7) % 7]))
    .map((day) => momentOf(itsZone, day * dayMs + (hours * 60 + minutes) * minuteMs))
}
