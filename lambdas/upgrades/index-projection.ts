import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { explainResult } from '../../protocols/huawei-ota/results.ts'
import { isRefused, type Table, unlessRefused } from '../table/client.ts'
import { countUpgradeEnd } from './count-end.ts'
import type { Device, Told } from './devices.ts'
import { runningVersion, type UpgradeStatus, upgradeStatus } from './state.ts'

/** Keeps what the indexes know of a device in step with what its registers mean. */

/** Partition of the index `due`. */
export const upgradeDueKind = 'upgrade'

/** What the indexes have of a device: its state and how that is known, the version that it reports, why it failed. */
export const toldOf = ({ attempt, registers }: Device, status: UpgradeStatus): Told => ({
  state: status.state,
  evidence: status.evidence,
  version: runningVersion(registers, attempt),
  reason: reasonOf(status),
  checkAt: status.checkAt,
})

/** By the name of the vendor's code; silence has none. */
const reasonOf = ({ state, failureCode }: UpgradeStatus): string | undefined => {
  if (failureCode !== undefined) return explainResult(failureCode).name
  return state === 'rolledBack' ? 'rolledBack' : undefined
}

const indexed = ['state', 'evidence', 'version', 'reason'] as const

/** Whether all has been told; a check that is due later than the one foreseen is the sweep's to find. */
const isTold = (told: Told, now: Told, at: number): boolean => {
  const never = Number.POSITIVE_INFINITY
  const [before = never, after = never] = [told.checkAt, now.checkAt]
  const inTime = after === before || (after !== never && after > before && before > at)
  return inTime && indexed.every((of) => told[of] === now[of])
}

/**
 * Writes down what a device's registers mean: one write of its own item, which no other device shares. Only for the newest
 * registers, since a later writer tells more. Safe to repeat.
 */
export const tellUpgrade = async (
  table: Table,
  key: { pk: string; sk: string },
  device: Device,
  now: number,
): Promise<void> => {
  const next = toldOf(device, upgradeStatus(device.attempt, device.registers, now))
  if (isTold(device.told, next, now)) return
  const given = Object.entries({ ...next, dueKind: next.checkAt === undefined ? undefined : upgradeDueKind })
  const set = given.filter(([, value]) => value !== undefined)
  const removed = given.filter(([, value]) => value === undefined)
  const outcome = await unlessRefused(
    table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key: key,
        UpdateExpression: [
          set.length > 0 ? `SET ${set.map(([name]) => `#${name} = :${name}`).join(', ')}` : '',
          removed.length > 0 ? `REMOVE ${removed.map(([name]) => `#${name}`).join(', ')}` : '',
        ].join(' '),
        ConditionExpression: 'rev = :rev',
        ExpressionAttributeNames: Object.fromEntries(given.map(([name]) => [`#${name}`, name])),
        ExpressionAttributeValues: {
          ':rev': device.rev,
          ...Object.fromEntries(set.map(([name, value]) => [`:${name}`, value])),
        },
        ReturnValues: 'UPDATED_OLD',
      }),
    ),
  )
  // Two may tell the same at the same time: who found it told already does not count the end again.
  if (!isRefused(outcome) && outcome.Attributes?.state !== next.state) countUpgradeEnd(device.told, next)
}
