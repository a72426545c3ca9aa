import * as z from 'zod/mini'

/** A webhook as the table has it. Times are epoch ms. */

const Down = z.object({
  since: z.number(),
  /** Single tries in a row that failed. */
  tries: z.number(),
  triedAt: z.number(),
  /** Why, one of `failureReasons`. */
  reason: z.string(),
  status: z.optional(z.number()),
  /** It asked us to slow down: what waits goes one after the other. */
  isBusy: z.optional(z.boolean()),
  /** The receiver did not want to be tried before. */
  notBefore: z.optional(z.number()),
  /** Something new has waited since the last single try began; before that one began. */
  isPrompted: z.optional(z.boolean()),
  wasPrompted: z.optional(z.boolean()),
})

export const Hook = z.object({
  id: z.string(),
  /** Of this making of it: another webhook with the same id later has nothing of its deliveries. */
  key: z.string(),
  url: z.string(),
  types: z.array(z.string()),
  /** Absent: all, and what is of no fleet. */
  fleets: z.optional(z.array(z.string())),
  createdAt: z.number(),
  createdBy: z.string(),
  /** Who made it, by the token's subject, if for some fleets alone: limits go by it. */
  makerId: z.optional(z.string()),
  updatedAt: z.number(),
  updatedBy: z.string(),
  rotatedAt: z.optional(z.number()),
  /** Who asked last for an event to try it with. */
  tested: z.optional(z.object({ at: z.number(), by: z.string() })),
  /** When its address took something for the first time; absent: never, as far as is known. */
  provenAt: z.optional(z.number()),
  /** `failing`: something was given up, or it never took anything, and nothing was delivered since. `ended`: by a 410. */
  state: z.enum(['active', 'failing', 'ended']),
  /** When it became so; absent: when it was made. */
  stateSince: z.optional(z.number()),
  /** Present: nothing is sent but single tries; what is to be sent waits. */
  down: z.optional(Down),
  /** When the clock has to look at it. */
  checkAt: z.optional(z.number()),
  /** Counts its writes. */
  rev: z.number(),
})

export type Hook = z.infer<typeof Hook>
export type Down = z.infer<typeof Down>
