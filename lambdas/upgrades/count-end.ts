import { countBy } from '../runtime/telemetry.ts'
import type { Told } from './devices.ts'

/** Counts how upgrades end, when the index is told of it: once, unless a crash comes between the two. */

const ends = ['succeeded', 'failed', 'timedOut', 'rolledBack', 'closed']

/** A failure is counted by the name of the device's result code. */
export const countUpgradeEnd = (before: Told, now: Told): void => {
  if (now.state === undefined || now.state === before.state || !ends.includes(now.state)) return
  countBy('UpgradesEnded', 'result', now.state === 'failed' ? (now.reason ?? 'failed') : now.state)
}
