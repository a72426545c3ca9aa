import { countBy } from '../runtime/telemetry.ts'
import type { Table } from '../table/client.ts'
import type { Device, UpgradeIndexEntry } from './devices.ts'
import { addUpgradeEnd } from './ends-by-day.ts'

/**
 * Counts how upgrades end, as a metric and as a daily number for the overview. It counts when the end is
 * projected to the index: once, unless a crash comes between the two.
 */

const ends = ['succeeded', 'failed', 'timedOut', 'rolledBack', 'closed']

/** Counts a failure by the name of the device's result code. */
export const countUpgradeEnd = async (
  table: Table,
  device: Pick<Device, 'deviceId' | 'fleet'>,
  before: UpgradeIndexEntry,
  now: UpgradeIndexEntry,
  at: number,
): Promise<void> => {
  if (now.state === undefined || now.state === before.state || !ends.includes(now.state)) return
  countBy('UpgradesEnded', 'result', now.state === 'failed' ? (now.reason ?? 'failed') : now.state)
  await addUpgradeEnd(table, device, now.state, at)
}
