/**
 * Local time in a time zone, from the runtime's own time zone data. Pure. A wall time is represented by the
 * epoch ms at which a clock in UTC shows it.
 */

const secondMs = 1000
export const minuteMs = 60_000
export const dayMs = 86_400_000

/** Limits the cache: the same zone may be written in any combination of upper and lower case. */
const maxKept = 1000
const kept = new Map<string, Intl.DateTimeFormat>()

/** Cached, because making a formatter takes far longer than using it. */
const formatOf = (zone: string): Intl.DateTimeFormat => {
  const known = kept.get(zone)
  if (known) return known
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'iso8601',
    hourCycle: 'h23',
    ...({ year: 'numeric', month: 'numeric', day: 'numeric' } as const),
    ...({ hour: 'numeric', minute: 'numeric', second: 'numeric' } as const),
  })
  if (kept.size >= maxKept) kept.clear()
  kept.set(zone, made)
  return made
}

/**
 * Whether this is the name of a time zone in https://www.iana.org/time-zones. A bare offset such as `+01:00`
 * is not: it has no daylight saving time, and not every runtime accepts it.
 */
export const isZone = (zone: string): boolean => {
  if (!/^[A-Za-z]/.test(zone)) return false
  try {
    formatOf(zone)
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

/** The wall time at a moment, to the second. */
export const wallTimeAt = (zone: string, at: number): number => {
  const parts = new Map(
    formatOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  )
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
}

const offsetAt = (zone: string, at: number): number =>
  wallTimeAt(zone, at) - Math.floor(at / secondMs) * secondMs

/**
 * The moment of a wall time. If clocks show it twice, the first one; if they skip it, the offset before the
 * change applies, so that 02:30 becomes 03:30, as in calendars
 * (https://www.rfc-editor.org/rfc/rfc5545#section-3.3.5). Assumes that clocks do not change twice within two
 * days.
 */
export const momentOf = (zone: string, wallTime: number): number => {
  const [before, after] = [offsetAt(zone, wallTime - dayMs), offsetAt(zone, wallTime + dayMs)]
  const [first, second] = [wallTime - before, wallTime - after]
  const isShown = (at: number): boolean => wallTimeAt(zone, at) === wallTime
  return !isShown(first) && isShown(second) ? second : first
}
