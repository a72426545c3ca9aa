import type { Table } from '../table/client.ts'
import { isProjected, projectToIndex } from '../table/index-projection.ts'
import { explainFailure } from './codes.ts'
import { countUpgradeEnd } from './count-end.ts'
import type { Device, UpgradeIndexEntry } from './devices.ts'
import { runningVersion, type UpgradeStatus, upgradeStatus } from './state.ts'

/** Keeps the index entry of a device in step with what its registers mean. */

/** Partition of the index `due`. */
export const upgradeDueKind = 'upgrade'

export const indexEntryOf = ({ attempt, registers }: Device, status: UpgradeStatus): UpgradeIndexEntry => ({
  state: status.state,
  evidence: status.evidence,
  version: runningVersion(registers, attempt),
  reason: reasonOf(status),
  checkAt: status.checkAt,
})

/** By the name of the vendor's code; silence of a device that was heard has none. */
const reasonOf = ({ state, failureCode, failureReason }: UpgradeStatus): string | undefined => {
  if (failureCode !== undefined) return explainFailure(failureCode).name
  return state === 'rolledBack' ? 'rolledBack' : failureReason
}

/**
 * Writes down what a device's registers mean: one write of its own item, which no other device shares. Only
 * for the newest registers, since a later writer has more. Safe to repeat.
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
  // Two may project the same at the same time: who finds it there already does not count the end again.
  if (before !== 'overtaken' && before.state !== entry.state)
    await countUpgradeEnd(table, device, device.indexed, entry, now)
}
