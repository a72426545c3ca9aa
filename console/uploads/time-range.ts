/** The time range of the API for what a viewer chose. Pure. */

/**
 * `from` and `to`: days in the viewer's time zone, or exact times; empty for no limit. The API excludes
 * uploads created at `createdBefore`, so the last day ends where the next one begins.
 */
export const timeRange = (from: string, to: string) => ({
  createdAfter: momentOf(from, 0),
  createdBefore: momentOf(to, 1),
})

const dayOnly = /^\d{4}-\d{2}-\d{2}$/

/** A day is its beginning, `daysLater` days later. Undefined for what is neither a day nor a time. */
const momentOf = (given: string, daysLater: number): string | undefined => {
  const isDay = dayOnly.test(given)
  const at = new Date(isDay ? `${given}T00:00:00` : given)
  if (isDay) at.setDate(at.getDate() + daysLater)
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString()
}
