/**
 * The clock on the wall in a time zone, as the runtime's own tables of zones have it. Pure. A wall time is
 * written as the epoch ms at which a clock in UTC would show it.
 */

const secondMs = 1000
export const minuteMs = 60_000
export const dayMs = 86_400_000

/** Names are of any case, so that there are more than zones. */
const mostKept = 1000
const kept = new Map<string, Intl.DateTimeFormat>()

/** Making one takes far longer than using it. */
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
  if (kept.size >= mostKept) kept.clear()
  kept.set(zone, made)
  return made
}

/**
 * Whether this is the name of a zone, as https://www.iana.org/time-zones has them. A bare offset such as
 * `+01:00` is none: it knows no summer time, and not every runtime takes it.
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

/** What a clock on the wall shows at a moment, to the second. */
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
 * The moment at which a clock on the wall shows this time. Where it is shown twice it is the first; where
 * clocks jump over it, it is read with the offset before the jump, so that 02:30 becomes 03:30: as calendars
 * have it, https://www.rfc-editor.org/rfc/rfc5545#section-3.3.5. Clocks are not set twice within two days.
 */
export const momentOf = (zone: string, wallTime: number): number => {
  const [before, after] = [offsetAt(zone, wallTime - dayMs), offsetAt(zone, wallTime + dayMs)]
  const [first, second] = [wallTime - before, wallTime - after]
  const isShown = (at: number): boolean => wallTimeAt(zone, at) === wallTime
  return !isShown(first) && isShown(second) ? second : first
}
