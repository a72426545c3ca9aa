import { countBy } from '../runtime/telemetry.ts'
import type { UpgradeIndexEntry } from './devices.ts'

/**
 * Counts how upgrades end, when that is projected to the index: once, unless a crash comes between the two.
 */

const ends = ['succeeded', 'failed', 'timedOut', 'rolledBack', 'closed']

/** A failure is counted by the name of the device's result code. */
export const countUpgradeEnd = (before: UpgradeIndexEntry, now: UpgradeIndexEntry): void => {
  if (now.state === undefined || now.state === before.state || !ends.includes(now.state)) return
  countBy('UpgradesEnded', 'result', now.state === 'failed' ? (now.reason ?? 'failed') : now.state)
}
