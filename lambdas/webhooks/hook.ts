import * as z from 'zod/mini'

/** A webhook in the table. Times are epoch ms. */

const Down = z.object({
  since: z.number(),
  /** The number of single tries that have failed in a row. */
  tries: z.number(),
  triedAt: z.number(),
  /** The reason of the last failure, one of `failureReasons`. */
  reason: z.string(),
  status: z.optional(z.number()),
  /** The receiver asked us to slow down: waiting deliveries are sent one after the other. */
  isBusy: z.optional(z.boolean()),
  /** The earliest next try, from the receiver's `Retry-After`. */
  notBefore: z.optional(z.number()),
  /** A new delivery was queued since the last single try began; `wasPrompted`: before it began. */
  isPrompted: z.optional(z.boolean()),
  wasPrompted: z.optional(z.boolean()),
})

export const Hook = z.object({
  id: z.string(),
  /**
   * Unique for each creation, so that a later webhook with the same id does not get this one's deliveries.
   */
  key: z.string(),
  url: z.string(),
  types: z.array(z.string()),
  /** Absent: all fleets, and events without a fleet. */
  fleets: z.optional(z.array(z.string())),
  createdAt: z.number(),
  createdBy: z.string(),
  /** The token subject of a maker who is limited to fleets; counts towards that maker's limit. */
  makerId: z.optional(z.string()),
  updatedAt: z.number(),
  updatedBy: z.string(),
  rotatedAt: z.optional(z.number()),
  /** The last requested test. */
  tested: z.optional(z.object({ at: z.number(), by: z.string() })),
  /** When the receiver first accepted a delivery; absent: never, as far as is known. */
  provenAt: z.optional(z.number()),
  /**
   * `failing`: a delivery was given up, or a receiver that never accepted any was down for an hour, and
   * nothing was delivered since. `ended`: the receiver answered 410.
   */
  state: z.enum(['active', 'failing', 'ended']),
  /** Since when it is in this state; absent: since its creation. */
  stateSince: z.optional(z.number()),
  /** Present while the receiver is down: only single tries are made, and deliveries wait. */
  down: z.optional(Down),
  /** When the sweep has to work on it. */
  checkAt: z.optional(z.number()),
  /** Counts its writes. */
  rev: z.number(),
})

export type Hook = z.infer<typeof Hook>
export type Down = z.infer<typeof Down>
