/** The stream requests to the database's thread. */
import * as z from 'zod'

/** `after`: a sequence number; undefined: from the oldest record on. */
export const ReadShard = z.object({
  tableName: z.string(),
  shard: z.number(),
  after: z.string().optional(),
  limit: z.number(),
})
export const Trim = z.object({ olderThan: z.number() })
export const Checkpoint = z.object({ name: z.string() })
export const KeptCheckpoint = Checkpoint.extend({ after: z.string() })
