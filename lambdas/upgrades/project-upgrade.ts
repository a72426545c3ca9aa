import type { Table } from '../table/client.ts'
import { isProjected, projectToIndex } from '../table/index-projection.ts'
import { explainFailure } from './codes.ts'
import { countUpgradeEnd } from './count-end.ts'
import type { Device, UpgradeIndexEntry } from './devices.ts'
import { runningVersion, type UpgradeStatus, upgradeStatus } from './state.ts'

/** Keeps a device's index entry in step with its registers. */

/** Partition of the index `due`. */
export const upgradeDueKind = 'upgrade'

export const indexEntryOf = ({ attempt, registers }: Device, status: UpgradeStatus): UpgradeIndexEntry => ({
  state: status.state,
  evidence: status.evidence,
  version: runningVersion(registers, attempt),
  reason: reasonOf(status),
  checkAt: status.checkAt,
})

/** The name of the vendor's code; none where a device was heard and then fell silent. */
const reasonOf = ({ state, failureCode, failureReason }: UpgradeStatus): string | undefined => {
  if (failureCode !== undefined) return explainFailure(failureCode).name
  return state === 'rolledBack' ? 'rolledBack' : failureReason
}

/**
 * Writes what a device's registers mean to the device's own item. Only the newest registers are projected,
 * since a later writer has more. Idempotent.
 */
export const projectUpgrade = async (
  table: Table,
  key: { pk: string; sk: string },
  device: Device,
  now: number,
): Promise<void> => {
  const entry = indexEntryOf(device, upgradeStatus(device.attempt, device.registers, now))
  if (isProjected(device.indexed, entry, now)) return
  const dueKind = entry.checkAt === undefined ? undefined : upgradeDueKind
  const before = await projectToIndex(table, key, device.rev, { ...entry, dueKind })
  // Of two concurrent writers of the same state, the one that finds it already there does not count the end
  // again.
  if (before !== 'overtaken' && before.state !== entry.state)
    await countUpgradeEnd(table, device, device.indexed, entry, now)
}
