/** What the database's thread and `engine.ts` say to each other. */
import * as z from 'zod'
import { TableProperties } from './tables.ts'

/** What the thread is started with. */
export const Start = z.object({
  directory: z.string().optional(),
  tables: z.array(TableProperties),
  region: z.string(),
  accountId: z.string(),
  isMetered: z.boolean(),
  hasRates: z.boolean(),
  /** The longest that a read may lag behind; most lag far less. */
  lagMs: z.number(),
  /** The same seed gives the same lags to the same writes. */
  seed: z.number(),
  /** The least that a transaction takes. */
  transactionMs: z.number(),
})
export type Start = z.infer<typeof Start>

/** `isFree`: the call is no caller's, and so under no rate. `at`: when it was made, in epoch milliseconds. */
export const Message = z.object({
  id: z.number(),
  operation: z.string(),
  text: z.string(),
  isFree: z.boolean(),
  at: z.number(),
})
export type Message = z.infer<typeof Message>

/** What one operation consumed of a table, in capacity units. */
const Usage = z.object({
  operation: z.string(),
  tableName: z.string(),
  kind: z.enum(['read', 'write']),
  /** Of the table alone. */
  units: z.number(),
  /** What a write consumed besides, of the table's indexes. */
  indexUnits: z.optional(z.number()),
})
export type Usage = z.infer<typeof Usage>

export const Answer = z.object({ id: z.number(), status: z.number(), text: z.string(), used: z.array(Usage) })
export type Answer = z.infer<typeof Answer>
