import * as z from 'zod/mini'

/** `cause` is a stable name. The steps are in order; the first failure ends the check. */
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
