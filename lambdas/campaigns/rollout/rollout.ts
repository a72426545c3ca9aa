import * as z from 'zod/mini'
import { campaignStates } from '../rules/transitions.ts'

/**
 * The progress of a driving campaign: an attribute of its item, replaced as a whole. `rev` counts the writes,
 * so that of two concurrent decisions only one is written.
 */

/**
 * `size`: devices planned for the phase; `released`: how many of them got their turn, up to `cursor`.
 * `pausedMs`: how long the campaign was paused while the phase was open.
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

/**
 * Why the campaign stopped: too many devices failed, too few were confirmed in time, or no device is left
 * that could still be confirmed.
 */
export const StopReason = z.enum(['failures', 'late', 'exhausted'])
export type StopReason = z.infer<typeof StopReason>

/**
 * `phase`: the one that is open, or that awaits approval. `chosen`: the number of devices chosen; `leftOut`:
 * how many of them are in no phase. `preparing`: the progress of choosing devices.
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

/** How many devices of these phases have not had their turn. */
export const waitingIn = (phases: readonly PhaseProgress[]): number =>
  phases.reduce((sum, { size, released }) => sum + size - released, 0)

/** Phases from which devices may be released: the open one, and the rest of earlier ones. */
export const openPhases = ({ phases, phase }: Rollout): PhaseProgress[] => phases.slice(0, phase + 1)
