import * as z from 'zod/mini'

/** Why a collection collected logs. */

export const causeKinds = ['alarm', 'flight', 'daily', 'manual'] as const

/** `at`: when the cause occurred. `alarm`: the machine that raised it, and its code. */
export const Cause = z.object({
  collectionId: z.string(),
  kind: z.enum(causeKinds),
  at: z.iso.datetime(),
  alarm: z.optional(z.object({ sn: z.string(), code: z.string() })),
})
export type Cause = z.infer<typeof Cause>
