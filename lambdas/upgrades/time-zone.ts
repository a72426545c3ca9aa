import * as z from 'zod/mini'
import { isZone } from '../runtime/zone.ts'

/**
 * The name of an IANA time zone (https://www.iana.org/time-zones), which knows about daylight saving time.
 */
export const TimeZone = z
  .string()
  .check(z.refine((name) => isZone(name), 'must be a time zone like Europe/Berlin'))
