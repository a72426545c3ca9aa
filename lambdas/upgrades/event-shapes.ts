import * as z from 'zod/mini'
import { GivenTime } from '../http/shapes.ts'
import { DeviceId } from './device-shapes.ts'

/** Devices' reports from forwarders, as JSON over HTTP. */

/** Seconds in a hundred years: some devices' clocks begin at 1970. */
const maxOffset = 3_155_760_000

/**
 * `clockOffsetSeconds`: added to `receivedAt`, in the forwarder's time, to get ours; positive where the
 * forwarder's clock is behind, as in NTP (RFC 5905, section 3).
 */
export const DeviceEvent = z
  .strictObject({
    deviceId: DeviceId,
    receivedAt: z.optional(GivenTime),
    clockOffsetSeconds: z.optional(z.int().check(z.gte(-maxOffset), z.lte(maxOffset))),
    body: z.unknown(),
  })
  .check(
    z.refine(
      ({ receivedAt, clockOffsetSeconds }) => receivedAt !== undefined || clockOffsetSeconds === undefined,
      { path: ['clockOffsetSeconds'], error: 'must be beside a receivedAt' },
    ),
  )

/** Accepts anything as an entry: an invalid one is refused alone, in its result. */
export const DeviceEvents = z
  .array(z.union([DeviceEvent, z.unknown()]))
  .check(z.minLength(1), z.maxLength(100))

/** `notice`: the entry's time is more than five minutes ago. */
export const DeviceEventResults = z.object({
  results: z.array(
    z.object({
      outcome: z.enum(['accepted', 'rejected', 'failed']),
      notice: z.optional(z.enum(['clockBehind'])),
      rejections: z.optional(z.array(z.object({ reason: z.string(), path: z.string() }))),
    }),
  ),
})
