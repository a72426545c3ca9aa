import * as z from 'zod/mini'
import { Count, Time } from '../http/shapes.ts'

/** Rejected messages, as JSON over HTTP. */

export const RejectedMessage = z.object({
  source: z.string(),
  reason: z.string(),
  path: z.string(),
  count: Count,
  firstAt: Time,
  lastAt: Time,
  sample: z.string(),
})
