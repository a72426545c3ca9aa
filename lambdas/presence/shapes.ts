import * as z from 'zod/mini'
import { modes } from '../../protocols/dji-dock/modes.ts'
import { Time } from '../http/shapes.ts'
import { presenceSources, presenceStates } from './state.ts'

/** Presence, as JSON over HTTP. */

export const PresenceName = z.enum(presenceStates)

/**
 * `since` and `source` say since when, and from which sign, it is known; they are left out while it is not.
 * `firmware` is by serial number; that of the aircraft is in a dock's own record alone. `on` is left out while
 * the dock is not there.
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
