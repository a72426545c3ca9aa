import { gateOf } from '../rules/gate.ts'
import { roomFor } from '../rules/pace.ts'
import type { Phase, Window } from '../rules/shapes.ts'
import type { CampaignEvent } from '../rules/transitions.ts'
import { isOpenAt, nextOpening } from '../rules/window.ts'
import { openPhases, type PhaseProgress, type Rollout, type StopReason, waitingIn } from './rollout.ts'

/** What follows for a running campaign from how its devices stand. Pure. */

/**
 * How the devices of a phase stand, as an index knows them: `ended` are all that are at nothing any more,
 * `failed` those of them that will not try again, `skipped` those that could not take part.
 */
export type PhaseCount = { confirmed: number; failed: number; ended: number; skipped: number }

/** `open`: devices at work, in all phases; `retries`: those that will try again, and `due`: now. */
export type Facts = {
  phases: readonly PhaseCount[]
  open: number
  retries: number
  due: number
}

export type Terms = { phases: readonly Phase[]; window?: Window | undefined; perMinute?: number | undefined }

/** `event`: what happens to the campaign, and `stopped` why; else so many devices get their turn, `release`. */
export type Decision = {
  event?: CampaignEvent
  stopped?: StopReason
  release: number
}

export const decide = (rollout: Rollout, terms: Terms, facts: Facts, now: number): Decision => {
  const { state, phase: n, phases } = rollout
  const [phase, progress, count] = [terms.phases[n], phases[n], facts.phases[n]]
  if (state !== 'running' || !phase || !progress || !count) return { release: 0 }
  const isLast = n === terms.phases.length - 1
  const gate = gateOf(
    phase.gate,
    { ...count, size: progress.size - count.skipped, openedAt: countsFrom(terms, progress, now) },
    now,
  )
  const isIdle = facts.open + facts.retries + waitingIn(openPhases(rollout)) === 0
  if (gate === 'failures') return stop(gate)
  // Nobody is left in it who could show anything, and others would follow.
  const isFollowed = rollout.phases.slice(n + 1).some(({ size }) => size > 0)
  if (progress.size - count.skipped <= 0 && isFollowed) return stop('exhausted')
  if (gate === 'passed' && !isLast)
    return { event: phase.next === 'approval' ? 'gatePassedNeedsApproval' : 'gatePassed', release: 0 }
  if (gate === 'passed' && isIdle) return { event: 'lastPhaseDone', release: 0 }
  if (gate === 'late') return stop(gate)
  // Only once the index knows of all of them: the last to be confirmed may be missing there yet.
  if (isIdle && gate === 'open' && count.ended + count.skipped >= progress.size) return stop('exhausted')
  return { release: releaseOf(rollout, phase, terms, facts, now) }
}

/**
 * A phase that opens while nothing may be offered has its time from when something may; while it is paused its time
 * stands still.
 */
const countsFrom = ({ window }: Terms, progress: PhaseProgress, now: number): number => {
  const { openedAt = now, pausedMs = 0 } = progress
  const from =
    window?.timeZone === undefined || isOpenAt(window, window.timeZone, openedAt)
      ? openedAt
      : (nextOpening(window, window.timeZone, openedAt) ?? openedAt)
  return from + pausedMs
}

const stop = (stopped: StopReason): Decision => ({ event: 'gateFailed', stopped, release: 0 })

/**
 * One minute's run lets in as many as the pace of a minute. Where the window is by the devices' own time zones
 * they get their turn at any time, and their offer when their window opens.
 */
const releaseOf = (
  rollout: Rollout,
  { together }: Phase,
  { window, perMinute }: Terms,
  { open, due }: Facts,
  now: number,
): number => {
  if (window?.timeZone !== undefined && !isOpenAt(window, window.timeZone, now)) return 0
  const room = roomFor({ together, open, perMinute, releasedInThisMinute: 0 })
  return Math.min(room, due + waitingIn(openPhases(rollout)))
}
