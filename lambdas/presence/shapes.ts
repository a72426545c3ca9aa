import * as z from 'zod/mini'
import { modes } from '../../protocols/dji-dock/modes.ts'
import { Time } from '../http/shapes.ts'
import { presenceSources, presenceStates } from './state.ts'

/** Presence, as JSON over HTTP. */

export const PresenceName = z.enum(presenceStates)

/**
 * `since` and `source`: since when the state is known, and from which sign; absent while it is unknown.
 * `firmware`: by serial number; the aircraft's is only in a dock's own record. `on`: absent unless the dock
 * is online.
 */
export const Presence = z.object({
  state: PresenceName,
  since: z.optional(Time),
  source: z.optional(z.enum(presenceSources)),
  aircraft: z.optional(
    z.array(z.object({ sn: z.string(), model: z.optional(z.string()), on: z.optional(z.boolean()) })),
  ),
  firmware: z.optional(z.record(z.string(), z.string())),
  mode: z.optional(z.enum(modes)),
})
