import * as z from 'zod/mini'
import { isZone } from '../runtime/zone.ts'

/** A zone's name in https://www.iana.org/time-zones: it knows when clocks are set. */
export const TimeZone = z
  .string()
  .check(z.refine((name) => isZone(name), 'must be a time zone like Europe/Berlin'))
