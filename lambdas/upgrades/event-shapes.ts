import * as z from 'zod/mini'
import { GivenTime } from '../http/shapes.ts'
import { DeviceId } from './device-shapes.ts'

/** What forwarders hand on of devices, as JSON over HTTP. */

/** A hundred years: some devices begin at 1970. */
const mostOffset = 3_155_760_000

/**
 * `clockOffsetSeconds`: what is to be added to `receivedAt`, a forwarder's time, to make it ours; positive
 * where its clock is behind, as NTP has it (RFC 5905, section 3).
 */
export const DeviceEvent = z
  .strictObject({
    deviceId: DeviceId,
    receivedAt: z.optional(GivenTime),
    clockOffsetSeconds: z.optional(z.int().check(z.gte(-mostOffset), z.lte(mostOffset))),
    body: z.unknown(),
  })
  .check(
    z.refine(
      ({ receivedAt, clockOffsetSeconds }) => receivedAt !== undefined || clockOffsetSeconds === undefined,
      { path: ['clockOffsetSeconds'], error: 'must be beside a receivedAt' },
    ),
  )

/** Anything may be an entry: one that is none is refused alone, in its result. */
export const DeviceEvents = z
  .array(z.union([DeviceEvent, z.unknown()]))
  .check(z.minLength(1), z.maxLength(100))

/** `notice`: the entry was received more than five minutes ago, by the time that it gives. */
export const DeviceEventResults = z.object({
  results: z.array(
    z.object({
      outcome: z.enum(['accepted', 'rejected', 'failed']),
      notice: z.optional(z.enum(['clockBehind'])),
      rejections: z.optional(z.array(z.object({ reason: z.string(), path: z.string() }))),
    }),
  ),
})
