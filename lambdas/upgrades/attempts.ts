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
 * Opening and closing attempts to upgrade a device. A device has one open attempt: it upgrades one thing at a
 * time.
 */

export type AttemptOpened = 'opened' | 'same' | 'another' | 'alreadyIn' | 'changed'

export const isOpen = ({ attempt, registers }: Device, now: number): boolean =>
  attempt !== undefined && isOpenState(upgradeStatus(attempt, registers, now))

/**
 * `retryOf`: the attempt with which the device counts in its campaign until now, and whether another has
 * followed that, so that it is an item of its own.
 */
export type Opening = {
  replace: boolean
  now: number
  retryOf?: { id: string; isFollowed: boolean } | undefined
  /** Of a device that nobody has registered. */
  fleet?: string
}

/**
 * Opens an attempt on what was read of the device. `same`: it is open already; `another` is open and
 * `replace` was not asked for; `alreadyIn`: the device has had its attempt in this campaign, and counts there
 * once; `changed`: the device was written meanwhile, read it again. All is written at once, and of this
 * device alone: the old attempt moves away with its registers, the new one starts with what the device runs.
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
  const registers = knownAtOpening(device, attempt)
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
      // Not before silence would have ended an attempt that nobody begins.
      expiresAt: expiry(attempt.openedAt + attempt.timeoutSeconds * 1000, table.retention.upgrades),
    },
    ConditionExpression: retryOf === undefined ? 'attribute_not_exists(pk)' : 'attemptId = :retryOf',
    ...(retryOf === undefined ? {} : { ExpressionAttributeValues: { ':retryOf': retryOf } }),
  },
})

/** An attempt that others have followed leaves the counts of a campaign in which its device tries again. */
const uncountWrite = (table: Table, deviceId: string, attemptId: string) => ({
  Update: {
    TableName: table.name,
    Key: attemptKey(deviceId, attemptId),
    UpdateExpression: 'REMOVE countedIn',
    ConditionExpression: 'attribute_exists(pk)',
  },
})

/** What an attempt has in its item besides its registers, and the next must not inherit. */
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

/** Where the attempt counts, if it is of a campaign. */
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
      // A fleet is given when the device is registered, perhaps at this moment.
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
 * The attempt before becomes an item of its own, closed by the one that follows. That changes nothing of an
 * attempt that has ended; of one that has gone silent it settles what a report makes of it that comes late.
 * It goes on to count in its campaign, unless the one that follows counts there.
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
 * Closes our books on the attempt; false if it is not the device's attempt any more or, where `rev` is given,
 * the device has been written since. The device is not told. Safe to repeat.
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
          // Whoever is cut off before the indexes know of it leaves that to the next sweep.
          set: { checkAt: now },
          add: { rev: 1 },
          values: { ':id': attemptId, ...(rev === undefined ? {} : { ':rev': rev }) },
        }),
        ConditionExpression: rev === undefined ? 'attemptId = :id' : 'attemptId = :id AND rev = :rev',
      }),
    ),
  )
  return !isRefused(outcome)
}
