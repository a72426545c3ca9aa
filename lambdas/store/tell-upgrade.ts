import { createHash } from 'node:crypto'
import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb'
import { explainResult } from '../../protocols/huawei-ota/results.ts'
import { countUpgradeEnd } from './count-ends.ts'
import type { Device, Told } from './devices.ts'
import { type Refused, type Table, writeTogether } from './dynamodb.ts'
import { countsKey } from './keys.ts'
import { runningVersion, type UpgradeStatus, upgradeStatus } from './upgrade-state.ts'

/**
 * Tells the indexes, and the counts of the campaign, what a device's registers mean now. Counts change in the same
 * transaction as the state that they count, so they are exact under any repetition.
 */

type Part = NonNullable<TransactWriteCommandInput['TransactItems']>[number]

/** Partition of the index `due`. */
export const upgradeDueKind = 'upgrade'

/** Counts of a campaign are spread, since one item takes only a thousand changes a second. */
export const countShards = 16
export const shardOf = (deviceId: string): number =>
  createHash('sha1').update(deviceId).digest().readUInt8(0) % countShards

/** What there is to tell of a device: its state, the version it reports, and why it failed. */
export const toldOf = ({ attempt, registers }: Device, status: UpgradeStatus): Told => ({
  state: status.state,
  version: runningVersion(registers, attempt),
  reason: status.failureCode === undefined ? undefined : explainResult(status.failureCode).name,
  checkAt: status.checkAt,
})

const counted = ['state', 'version', 'reason'] as const

/** The change of a campaign's counts when what was told of one of its devices changes. */
export const countChange = (
  table: Table,
  campaignId: string,
  deviceId: string,
  from: Told,
  to: Told,
): Part | undefined => {
  const changes = counted.flatMap((of) =>
    from[of] === to[of]
      ? []
      : [
          ...(from[of] === undefined ? [] : [{ name: `${of} ${from[of]}`, by: -1 }]),
          ...(to[of] === undefined ? [] : [{ name: `${of} ${to[of]}`, by: 1 }]),
        ],
  )
  if (changes.length === 0) return undefined
  return {
    Update: {
      TableName: table.name,
      Key: countsKey(campaignId, shardOf(deviceId)),
      UpdateExpression: `ADD ${changes.map((_, n) => `#n${n} :by${n}`).join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(changes.map(({ name }, n) => [`#n${n}`, name])),
      ExpressionAttributeValues: Object.fromEntries(changes.map(({ by }, n) => [`:by${n}`, by])),
    },
  }
}

/**
 * Writes these parts with a change of counts that are there, or without it: those of a campaign that is kept no longer are gone,
 * and must not come into being again.
 */
export const writeCounted = async (
  table: Table,
  parts: Part[],
  counts: Part | undefined,
): Promise<Map<number, Refused> | undefined> => {
  if (!counts?.Update) return writeTogether(table, parts)
  const change = { Update: { ...counts.Update, ConditionExpression: 'attribute_exists(pk)' } }
  const refused = await writeTogether(table, [...parts, change])
  const onlyCounts = refused?.size === 1 && refused.has(parts.length)
  return onlyCounts ? writeTogether(table, parts) : refused
}

/**
 * Removes the counter of a version that the device has just given up, if nobody is left in it: a device that keeps reporting
 * other versions would fill the item, which holds 400 KB, and the sweep prunes only campaigns that are due. An attempt
 * succeeds once and most devices give up the same version then, so that counter is left to the sweep: a shard never holds
 * more than two versions for each of its devices. Safe to repeat: a counter that is not at zero stays.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
 */
const dropEmpty = async (table: Table, campaignId: string, deviceId: string, from: Told, to: Told) => {
  const succeeds = to.state === 'succeeded' && from.state !== 'succeeded'
  if (from.version === undefined || from.version === to.version || succeeds) return
  const drop = {
    TableName: table.name,
    Key: countsKey(campaignId, shardOf(deviceId)),
    UpdateExpression: 'REMOVE #counter',
    ConditionExpression: '#counter = :zero',
    ExpressionAttributeNames: { '#counter': `version ${from.version}` },
    ExpressionAttributeValues: { ':zero': 0 },
  }
  // A transaction of its own, since a conflict with another device's is tried again there.
  await writeTogether(table, [{ Update: drop }])
}

/** Whether all has been told; a check that is due later than the one foreseen is the sweep's to find. */
const isTold = (told: Told, now: Told, at: number): boolean => {
  const never = Number.POSITIVE_INFINITY
  const [before = never, after = never] = [told.checkAt, now.checkAt]
  const inTime = after === before || (after !== never && after > before && before > at)
  return inTime && counted.every((of) => told[of] === now[of])
}

/**
 * That still the same has been told, as a condition in which `#name` is an attribute. Telling does not count as a write of
 * registers, so the counts need this besides `rev`: two that start from the same must not both count it.
 */
export const stillTold = (told: Told): { condition: string; values: Record<string, string> } => ({
  condition: counted
    .map((of) => (told[of] === undefined ? `attribute_not_exists(#${of})` : `#${of} = :told_${of}`))
    .join(' AND '),
  values: Object.fromEntries(
    counted.flatMap((of) => {
      const value = told[of]
      return value === undefined ? [] : [[`:told_${of}`, value]]
    }),
  ),
})

/** Writes down what a device's registers mean; only for the newest registers, since a later writer tells more. */
export const tellUpgrade = async (
  table: Table,
  key: { pk: string; sk: string },
  device: Device,
  now: number,
): Promise<void> => {
  const status = upgradeStatus(device.attempt, device.registers, now)
  const next = toldOf(device, status)
  if (isTold(device.told, next, now)) return
  const given = Object.entries({ ...next, dueKind: next.checkAt === undefined ? undefined : upgradeDueKind })
  const set = given.filter(([, value]) => value !== undefined)
  const removed = given.filter(([, value]) => value === undefined)
  const { campaignId } = device.attempt ?? {}
  const counts =
    campaignId === undefined ? undefined : countChange(table, campaignId, device.deviceId, device.told, next)
  const same = stillTold(device.told)
  const told: Part = {
    Update: {
      TableName: table.name,
      Key: key,
      UpdateExpression: [
        set.length > 0 ? `SET ${set.map(([name]) => `#${name} = :${name}`).join(', ')}` : '',
        removed.length > 0 ? `REMOVE ${removed.map(([name]) => `#${name}`).join(', ')}` : '',
      ].join(' '),
      ConditionExpression: `rev = :rev AND ${same.condition}`,
      ExpressionAttributeNames: Object.fromEntries(given.map(([name]) => [`#${name}`, name])),
      ExpressionAttributeValues: {
        ':rev': device.rev,
        ...Object.fromEntries(set.map(([name, value]) => [`:${name}`, value])),
        ...same.values,
      },
    },
  }
  const refused = await writeCounted(table, [told], counts)
  if (refused) return
  countUpgradeEnd(device.told, next)
  if (campaignId !== undefined) await dropEmpty(table, campaignId, device.deviceId, device.told, next)
}
