import * as z from 'zod/mini'

/** `cause` is a name that stays. Steps are done in order, and the first that fails ends the check. */
export const StorageCheck = z.object({
  ok: z.boolean(),
  steps: z.array(
    z.object({
      step: z.string(),
      outcome: z.enum(['passed', 'failed', 'skipped']),
      cause: z.optional(z.string()),
      advice: z.optional(z.string()),
      detail: z.optional(z.string()),
    }),
  ),
})
