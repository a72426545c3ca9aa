import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { expiry, isRefused, type Table, unlessRefused, writeTogether } from '../table/client.ts'
import { attemptKey, countedIn, deviceKey, memberKey } from '../table/keys.ts'
import { defaultFleet } from '../table/settings.ts'
import { updateOf } from '../table/update.ts'
import { countUpgradeEnd } from './count-end.ts'
import { attemptAttributes, type Device, type UpgradeIndexEntry } from './devices.ts'
import { knownAtOpening } from './facts.ts'
import { indexEntryOf, upgradeDueKind } from './project-upgrade.ts'
import { attemptRegisters, marksOf, type UpgradeRegisters } from './registers.ts'
import { type Attempt, isOpenState, upgradeStatus } from './state.ts'

/**
 * Opens and closes attempts to upgrade a device. A device has at most one open attempt: it upgrades one thing
 * at a time.
 */

export type AttemptOpened = 'opened' | 'same' | 'another' | 'alreadyIn' | 'changed'

export const isOpen = ({ attempt, registers }: Device, now: number): boolean =>
  attempt !== undefined && isOpenState(upgradeStatus(attempt, registers, now))

/**
 * `retryOf`: the attempt by which the device counts in its campaign so far. `isFollowed`: another attempt has
 * followed it, so that it has an item of its own.
 */
export type Opening = {
  replace: boolean
  now: number
  retryOf?: { id: string; isFollowed: boolean } | undefined
  /** The fleet of a device that is not registered. */
  fleet?: string
}

/**
 * Opens an attempt, on condition that the device is as it was read. `same`: it is open already. `another` is
 * open, and `replace` was not requested. `alreadyIn`: the device has had its attempt in this campaign, and
 * counts there once. `changed`: the device was written meanwhile; read it again. One transaction writes all:
 * the old attempt is archived with its registers, the new one starts with what the device runs.
 */
export const openAttempt = async (
  table: Table,
  deviceId: string,
  device: Device | undefined,
  attempt: Attempt,
  { replace, now, retryOf, fleet = defaultFleet }: Opening,
): Promise<AttemptOpened> => {
  const open = device && isOpen(device, now)
  const isSame =
    device?.attempt?.target === attempt.target &&
    device.attempt.package === attempt.package &&
    device.attempt.packageId === attempt.packageId
  const { campaignId } = attempt
  if (open && isSame) return 'same'
  if (campaignId !== undefined && !retryOf && device?.attempt?.campaignId === campaignId) return 'alreadyIn'
  if (open && !replace) return 'another'
  const registers = knownAtOpening(device?.registers ?? {}, attempt)
  const version = device?.registers[attempt.package]?.version
  const { state, evidence, checkAt } = upgradeStatus(attempt, registers, now)
  const indexed = { state, evidence, version, checkAt }
  const refused = await writeTogether(table, {
    member:
      campaignId === undefined ? undefined : memberWrite(table, campaignId, deviceId, attempt, retryOf?.id),
    attempt: attemptWrite(table, deviceId, device, { attempt, registers, indexed, fleet }),
    before: device?.attempt && formerWrite(table, device, device.attempt, campaignId, now),
    retried: retryOf?.isFollowed ? uncountWrite(table, deviceId, retryOf.id) : undefined,
  })
  if (refused) return refused.member ? 'alreadyIn' : 'changed'
  await countUpgradeEnd(table, { deviceId, fleet: device?.fleet ?? fleet }, {}, indexed, now)
  return 'opened'
}

/** A device counts in a campaign once, by its newest attempt there. */
const memberWrite = (
  table: Table,
  campaignId: string,
  deviceId: string,
  attempt: Attempt,
  retryOf: string | undefined,
) => ({
  Put: {
    TableName: table.name,
    Item: {
      ...memberKey(campaignId, deviceId),
      deviceId,
      attemptId: attempt.id,
      // Not before an attempt that the device never begins would time out.
      expiresAt: expiry(attempt.openedAt + attempt.timeoutSeconds * 1000, table.retention.upgrades),
    },
    ConditionExpression: retryOf === undefined ? 'attribute_not_exists(pk)' : 'attemptId = :retryOf',
    ...(retryOf === undefined ? {} : { ExpressionAttributeValues: { ':retryOf': retryOf } }),
  },
})

/** Removes an archived attempt from the counts of a campaign in which its device tries again. */
const uncountWrite = (table: Table, deviceId: string, attemptId: string) => ({
  Update: {
    TableName: table.name,
    Key: attemptKey(deviceId, attemptId),
    UpdateExpression: 'REMOVE countedIn',
    ConditionExpression: 'attribute_exists(pk)',
  },
})

/** Attributes of an attempt, besides its registers, that the next must not inherit. */
const clearedAtOpening = [
  'proveSeconds',
  'reason',
  'evidence',
  'campaignId',
  'phase',
  'packageId',
  'machines',
  'countedIn',
  'version',
  'dueKind',
  'checkAt',
  'expiresAt',
]

/** Where the attempt counts, if it belongs to a campaign. */
const placeOf = (deviceId: string, { campaignId, phase }: Attempt): string | undefined =>
  campaignId === undefined ? undefined : countedIn(campaignId, deviceId, phase)

type Beginning = { attempt: Attempt; registers: UpgradeRegisters; indexed: UpgradeIndexEntry; fleet: string }

const attemptWrite = (
  table: Table,
  deviceId: string,
  device: Device | undefined,
  { attempt, registers, indexed, fleet }: Beginning,
) => {
  const nothing = Object.fromEntries(
    [...attemptRegisters, ...clearedAtOpening].map((name) => [name, undefined]),
  )
  const set = {
    ...nothing,
    ...attemptAttributes(attempt),
    ...registers,
    ...indexed,
    countedIn: placeOf(deviceId, attempt),
    kind: 'device',
    kindKey: deviceId,
    dueKind: indexed.checkAt === undefined ? undefined : upgradeDueKind,
  }
  return {
    Update: {
      TableName: table.name,
      Key: deviceKey(deviceId),
      // The device may be registered, and given a fleet, at this very moment.
      ...updateOf({
        set,
        once: { fleet },
        add: { rev: 1 },
        values: device ? { ':rev': device.rev } : {},
      }),
      ConditionExpression: device ? '(attribute_not_exists(rev) OR rev = :rev)' : 'attribute_not_exists(pk)',
    },
  }
}

/**
 * Archives the previous attempt in an item of its own, closed by its successor. An attempt that had ended is
 * unchanged by that; for one that fell silent it settles what a late report does. It keeps counting in its
 * campaign, unless the successor counts there.
 */
const formerWrite = (
  table: Table,
  device: Device,
  attempt: Attempt,
  nextCampaign: string | undefined,
  now: number,
) => {
  const { deviceId, fleet, rev } = device
  const closed = { ...marksOf({ receivedAt: now, receiptId: attempt.id }).earliest, at: now, by: 'replaced' }
  const registers = { ...device.registers, closed: device.registers.closed ?? closed }
  const { checkAt: _, ...indexed } = indexEntryOf(
    { ...device, registers },
    upgradeStatus(attempt, registers, now),
  )
  const place = attempt.campaignId === nextCampaign ? undefined : placeOf(deviceId, attempt)
  return {
    Put: {
      TableName: table.name,
      Item: {
        ...attemptKey(deviceId, attempt.id),
        ...attemptAttributes(attempt),
        ...registers,
        ...indexed,
        ...(place === undefined ? {} : { countedIn: place }),
        fleet,
        rev,
        expiresAt: expiry(now, table.retention.upgrades),
      },
    },
  }
}

/**
 * Closes an attempt. False if it is no longer the device's attempt or, where `rev` is given, the device has
 * been written since. The device is not told. Idempotent.
 */
export const closeAttempt = async (
  table: Table,
  deviceId: string,
  attemptId: string,
  by: string,
  now: number,
  rev?: number,
): Promise<boolean> => {
  const closed = { ...marksOf({ receivedAt: now, receiptId: attemptId }).earliest, at: now, by }
  const outcome = await unlessRefused(
    table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key: deviceKey(deviceId),
        ...updateOf({
          once: { closed },
          // If this call is interrupted before the indexes are updated, the next sweep does that.
          set: { checkAt: now },
          add: { rev: 1 },
          values: rev === undefined ? { ':id': attemptId } : { ':rev': rev },
        }),
        // An attempt that follows increments `rev`.
        ConditionExpression: rev === undefined ? 'attemptId = :id' : 'rev = :rev',
      }),
    ),
  )
  return !isRefused(outcome)
}
