import { isAtLeast, isMoreThan } from './percent.ts'
import type { Gate } from './shapes.ts'

/**
 * Whether a phase has shown enough for the next to follow. Only confirmed devices count in favour. Pure.
 *
 * `failures`: more than the allowed share of its devices failed. `passed`: enough are confirmed. `late`:
 * neither, and its time is over. `open`: neither, so far.
 */
type GateState = 'open' | 'passed' | 'failures' | 'late'

/**
 * Numbers of devices of the phase; each device counts in one of them at most. `failed`: those that will not
 * be tried again, including silent and rolled-back ones. If a device is tried again, its earlier try does not
 * count. `openedAt` and `now` in epoch ms.
 */
type GateCounts = { size: number; confirmed: number; failed: number; openedAt: number }

/** Failures come first: a phase with both must not open the next. */
export const gateOf = (
  { confirmedPercent, failedAtMostPercent, withinSeconds }: Gate,
  { size, confirmed, failed, openedAt }: GateCounts,
  now: number,
): GateState => {
  if (isMoreThan(failed, size, failedAtMostPercent)) return 'failures'
  if (isAtLeast(confirmed, size, confirmedPercent)) return 'passed'
  return now >= openedAt + withinSeconds * 1000 ? 'late' : 'open'
}
