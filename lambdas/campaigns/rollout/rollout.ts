import * as z from 'zod/mini'
import { campaignStates } from '../rules/transitions.ts'

/**
 * Where a campaign that drives its devices stands: an attribute of its item, replaced as a whole. `rev` counts
 * the writes, so that of two who decide on the same only one is heard.
 */

/**
 * `size`: devices that were planned for it; `released`: how many of them got their turn, up to `cursor`.
 * `pausedMs`: how long it was paused while it was open.
 */
const PhaseProgress = z.object({
  size: z.number(),
  released: z.number(),
  cursor: z.optional(z.string()),
  openedAt: z.optional(z.number()),
  endedAt: z.optional(z.number()),
  pausedMs: z.optional(z.number()),
})
export type PhaseProgress = z.infer<typeof PhaseProgress>

/** Why no more devices are offered anything: too many failed, too few were confirmed in time, or at all. */
export const StopReason = z.enum(['failures', 'late', 'exhausted'])
export type StopReason = z.infer<typeof StopReason>

/**
 * `phase`: the one that is open, or that awaits approval. `chosen`: devices that it was given; `leftOut`: those
 * of them that no phase takes. `preparing`: how far the choice of devices is.
 */
export const Rollout = z.object({
  state: z.enum(campaignStates),
  rev: z.number(),
  startedBy: z.optional(z.string()),
  phase: z.number(),
  phases: z.array(PhaseProgress),
  chosen: z.number(),
  leftOut: z.number(),
  preparing: z.optional(z.object({ cursor: z.optional(z.string()), selected: z.boolean() })),
  stopped: z.optional(StopReason),
  pausedAt: z.optional(z.number()),
})
export type Rollout = z.infer<typeof Rollout>

export const draft: Rollout = { state: 'draft', rev: 0, phase: 0, phases: [], chosen: 0, leftOut: 0 }

/** Devices of these phases that have not had their turn. */
export const waitingIn = (phases: readonly PhaseProgress[]): number =>
  phases.reduce((sum, { size, released }) => sum + size - released, 0)

/** Phases that devices may be released from: the open one, and what is left of those before. */
export const openPhases = ({ phases, phase }: Rollout): PhaseProgress[] => phases.slice(0, phase + 1)
