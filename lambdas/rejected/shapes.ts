import * as z from 'zod/mini'
import { Time } from '../http/shapes.ts'

/** What nobody understood, as JSON over HTTP. */

export const RejectedMessage = z.object({
  source: z.string(),
  reason: z.string(),
  path: z.string(),
  count: z.number(),
  firstAt: Time,
  lastAt: Time,
  sample: z.string(),
})
