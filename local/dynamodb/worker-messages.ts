/** The messages between the database's thread and `engine.ts`. */
import * as z from 'zod'
import { TableProperties } from './tables.ts'

/** The start data of the thread. */
export const Start = z.object({
  directory: z.string().optional(),
  tables: z.array(TableProperties),
  region: z.string(),
  accountId: z.string(),
  isMetered: z.boolean(),
  hasRates: z.boolean(),
  /** The longest lag of a read; most lag far less. */
  lagMs: z.number(),
  /** The same seed gives the same lags to the same writes. */
  seed: z.number(),
  /** The shortest duration of a transaction. */
  transactionMs: z.number(),
})
export type Start = z.infer<typeof Start>

/**
 * `isFree`: a call of the stand-in itself, which no rate limits. `at`: when it was made, in epoch
 * milliseconds.
 */
export const Message = z.object({
  id: z.number(),
  operation: z.string(),
  text: z.string(),
  isFree: z.boolean(),
  at: z.number(),
})
export type Message = z.infer<typeof Message>

/** The capacity units that one operation consumed on a table. */
const Usage = z.object({
  operation: z.string(),
  tableName: z.string(),
  kind: z.enum(['read', 'write']),
  /** The units of the table alone. */
  units: z.number(),
  /** The units of a write on the table's indexes. */
  indexUnits: z.optional(z.number()),
})
export type Usage = z.infer<typeof Usage>

export const Answer = z.object({ id: z.number(), status: z.number(), text: z.string(), used: z.array(Usage) })
export type Answer = z.infer<typeof Answer>
