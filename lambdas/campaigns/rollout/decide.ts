import { gateOf } from '../rules/gate.ts'
import type { Phase, Window } from '../rules/shapes.ts'
import type { CampaignEvent } from '../rules/transitions.ts'
import { isOpenAt, nextOpening } from '../rules/window.ts'
import { openPhases, type PhaseProgress, type Rollout, type StopReason, waitingIn } from './rollout.ts'

/** Decides what a running campaign does next, from the state of its devices. Pure. */

/**
 * Devices of a phase, as the index has them. `ended`: all that are not in progress; `failed`: the ended
 * devices that will not try again; `skipped`: those that could not take part.
 */
export type PhaseCount = { confirmed: number; failed: number; ended: number; skipped: number }

/**
 * `open`: devices in progress, in all phases; `retries`: those that will try again; `due`: those that may do
 * so now.
 */
export type Facts = {
  phases: readonly PhaseCount[]
  open: number
  retries: number
  due: number
}

export type RolloutRules = {
  phases: readonly Phase[]
  window?: Window | undefined
  perMinute?: number | undefined
}

/**
 * `event`: the campaign's next event, with `stopped` as its reason; without an event, `release` devices get
 * their turn.
 */
export type Decision = {
  event?: CampaignEvent
  stopped?: StopReason
  release: number
}

export const decide = (rollout: Rollout, rules: RolloutRules, facts: Facts, now: number): Decision => {
  const { state, phase: n, phases } = rollout
  const [phase, progress, count] = [rules.phases[n], phases[n], facts.phases[n]]
  if (state !== 'running' || !phase || !progress || !count) return { release: 0 }
  const isLast = n === rules.phases.length - 1
  const gate = gateOf(
    phase.gate,
    { ...count, size: progress.size - count.skipped, openedAt: countsFrom(rules, progress, now) },
    now,
  )
  const isIdle = facts.open + facts.retries + waitingIn(openPhases(rollout)) === 0
  if (gate === 'failures') return stop(gate)
  // No device is left in the phase that could show anything, and other phases would follow.
  const isFollowed = rollout.phases.slice(n + 1).some(({ size }) => size > 0)
  if (progress.size - count.skipped <= 0 && isFollowed) return stop('exhausted')
  if (gate === 'passed' && !isLast)
    return { event: phase.next === 'approval' ? 'gatePassedNeedsApproval' : 'gatePassed', release: 0 }
  if (gate === 'passed' && isIdle) return { event: 'lastPhaseDone', release: 0 }
  if (gate === 'late') return stop(gate)
  // Only once the index shows every device of the phase: the last confirmed one may not be in it yet.
  if (isIdle && gate === 'open' && count.ended + count.skipped >= progress.size) return stop('exhausted')
  return { release: releaseOf(rollout, phase, rules, facts, now) }
}

/**
 * The time of a phase that opens outside of the window begins when the window opens; it stands still during a
 * pause.
 */
const countsFrom = ({ window }: RolloutRules, progress: PhaseProgress, now: number): number => {
  const { openedAt = now, pausedMs = 0 } = progress
  const from =
    window?.timeZone === undefined || isOpenAt(window, window.timeZone, openedAt)
      ? openedAt
      : (nextOpening(window, window.timeZone, openedAt) ?? openedAt)
  return from + pausedMs
}

const stop = (stopped: StopReason): Decision => ({ event: 'gateFailed', stopped, release: 0 })

/**
 * A run, once a minute, releases as many as the pace allows per minute. If the window uses the devices' own
 * time zones, devices get their turn at any time, and their offer when their window opens.
 */
const releaseOf = (
  rollout: Rollout,
  { together }: Phase,
  { window, perMinute = Number.POSITIVE_INFINITY }: RolloutRules,
  { open, due }: Facts,
  now: number,
): number => {
  if (window?.timeZone !== undefined && !isOpenAt(window, window.timeZone, now)) return 0
  // Devices of earlier phases count too: more may be open than this phase allows.
  return Math.max(0, Math.min(together - open, perMinute, due + waitingIn(openPhases(rollout))))
}
