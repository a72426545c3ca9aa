import * as z from 'zod/mini'
import { TimeZone } from '../../upgrades/time-zone.ts'

/**
 * When and how fast a campaign makes offers, as JSON over HTTP. In a file of its own, since offering needs
 * nothing else.
 */

export const whole = (min: number, max: number) => {
  const message = `must be a whole number from ${min} to ${max}`
  return z.int(message).check(z.gte(min, message), z.lte(max, message))
}

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

/**
 * No offers are made outside of it. It opens on each of `days` at `from`, for `minutes`, a day at most.
 * Without `timeZone` each device's own counts, otherwise UTC.
 */
export const Window = z.strictObject({
  days: z.array(z.enum(days, `must be one of ${days.join(', ')}`)).check(
    z.minLength(1, 'must have a day, or the window never opens'),
    z.refine((named) => new Set(named).size === named.length, 'must name each day once'),
  ),
  from: z.string().check(z.regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day like 01:30')),
  minutes: z
    .int('must be a whole number from 1 to 1440')
    .check(
      z.gte(1, 'must be 1 at least, or the window never opens'),
      z.lte(1440, 'must be 1440 at most, which is a day'),
    ),
  timeZone: z.optional(TimeZone),
})
export type Window = z.infer<typeof Window>

/** Offers that a campaign may make per minute of the clock. */
export const Pace = z.strictObject({ perMinute: whole(1, 10_000) })
export type Pace = z.infer<typeof Pace>
