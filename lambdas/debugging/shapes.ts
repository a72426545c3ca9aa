import * as z from 'zod/mini'
import { ResultCode, Time } from '../http/shapes.ts'
import { failureReasons, maxLeaseMs } from './session.ts'

/** Debug modes of docks, as JSON over HTTP. */

export const debugStates = ['off', 'opening', 'waking', 'on', 'closing', 'stuck'] as const

/** How long it stays open before it is closed automatically; default: a quarter of an hour. */
export const OpenDebugMode = z.strictObject({
  forSeconds: z.optional(z.int().check(z.gte(60), z.lte(maxLeaseMs / 1000))),
})

/**
 * The dock's debug mode as Groundcrew last opened it. `on`: its aircraft is on. `stuck`: the dock may still
 * be in debug mode, in which it does not fly, and does not confirm that it has left it. `heldBy`: the holder;
 * `until`: when it is closed automatically. `failure`: why the aircraft could not be switched on.
 * `aircraftLeftOn`: it could not be switched off again.
 */
export const DebugMode = z.object({
  dockSn: z.string(),
  state: z.enum(debugStates),
  since: z.optional(Time),
  heldBy: z.optional(z.string()),
  until: z.optional(Time),
  failure: z.optional(
    z.object({
      step: z.enum(['open', 'wake']),
      why: z.enum(failureReasons),
      code: z.optional(ResultCode),
      reason: z.string(),
      advice: z.string(),
      retryable: z.boolean(),
      at: Time,
    }),
  ),
  aircraftLeftOn: z.optional(z.boolean()),
})
