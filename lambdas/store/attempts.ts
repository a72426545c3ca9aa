import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { fence } from './campaign-counts.ts'
import { attemptAttributes, type Device, type Told } from './devices.ts'
import { expiry, isRefused, type Table, unlessRefused } from './dynamodb.ts'
import { attemptKey, deviceKey, memberKey } from './keys.ts'
import { defaultFleet } from './settings.ts'
import { countChange, stillTold, toldOf, upgradeDueKind, writeCounted } from './tell-upgrade.ts'
import { knownAtOpening } from './upgrade-facts.ts'
import { attemptRegisters, marksOf, type UpgradeRegisters } from './upgrade-registers.ts'
import { type Attempt, isOpenState, upgradeStatus } from './upgrade-state.ts'

/** Opening and closing attempts to upgrade a device. A device has one open attempt: it upgrades one thing at a time. */

export type Opened = 'opened' | 'same' | 'another' | 'alreadyIn' | 'fenced' | 'changed'

export const isOpen = ({ attempt, registers }: Device, now: number): boolean =>
  attempt !== undefined && isOpenState(upgradeStatus(attempt, registers, now))

/**
 * Opens an attempt on what was read of the device. `same`: it is open already; `another` is open and `replace` was not asked for;
 * `alreadyIn`: the device has had its attempt in this campaign, and counts there once; `fenced`: the campaign lets nobody in any
 * more; `changed`: the device was written meanwhile, read it again. All is written at once: the old attempt moves away with its
 * registers, the new one starts empty, the campaigns' counts follow.
 */
export const openAttempt = async (
  table: Table,
  deviceId: string,
  device: Device | undefined,
  attempt: Attempt,
  { replace, now }: { replace: boolean; now: number },
): Promise<Opened> => {
  const registers = knownAtOpening(device, attempt)
  const open = device && isOpen(device, now)
  const isSame = device?.attempt?.target === attempt.target && device.attempt.package === attempt.package
  if (open && isSame) return 'same'
  if (attempt.campaignId !== undefined && device?.attempt?.campaignId === attempt.campaignId)
    return 'alreadyIn'
  if (open && !replace) return 'another'
  const version = device?.registers[attempt.package]?.version
  const { state, checkAt } = upgradeStatus(attempt, registers, now)
  const told = { state, version, checkAt }
  const join =
    attempt.campaignId === undefined ? [] : joining(table, attempt.campaignId, deviceId, attempt, told)
  const away = device?.attempt && moveAway(table, device, device.attempt, now)
  const parts = [
    ...join,
    begin(table, deviceId, device, { attempt, registers, told }),
    ...(away ? [away.put] : []),
  ]
  const refused = await writeCounted(table, parts, away?.counts)
  if (!refused) return 'opened'
  if (join.length > 0 && refused.has(0)) return 'alreadyIn'
  return join.length > 0 && refused.has(1) ? 'fenced' : 'changed'
}

/** A device takes part in a campaign once, so that it counts there once. */
const joining = (table: Table, campaignId: string, deviceId: string, attempt: Attempt, told: Told) => {
  const counts = countChange(table, campaignId, deviceId, {}, told)?.Update
  return [
    {
      Put: {
        TableName: table.name,
        Item: {
          ...memberKey(campaignId, deviceId),
          deviceId,
          attemptId: attempt.id,
          // Not before silence would have ended an attempt that nobody begins.
          expiresAt: expiry(attempt.openedAt + attempt.timeoutSeconds * 1000, table.retention.upgrades),
        },
        ConditionExpression: 'attribute_not_exists(pk)',
      },
    },
    ...(counts ? [{ Update: { ...counts, ConditionExpression: `attribute_not_exists(${fence})` } }] : []),
  ]
}

type Beginning = { attempt: Attempt; registers: UpgradeRegisters; told: Told }

const begin = (
  table: Table,
  deviceId: string,
  device: Device | undefined,
  { attempt, registers, told }: Beginning,
) => {
  const fresh = {
    ...attemptAttributes(attempt),
    ...registers,
    ...told,
    kind: 'device',
    kindKey: deviceId,
    dueKind: told.checkAt === undefined ? undefined : upgradeDueKind,
  }
  const set = Object.entries(fresh).filter(([, value]) => value !== undefined)
  const given: Readonly<Record<string, unknown>> = fresh
  const ofAttempt = [...attemptRegisters, 'reason', 'campaignId', 'version', 'dueKind', 'checkAt']
  const gone = ofAttempt.filter((name) => given[name] === undefined)
  const same = stillTold(device?.told ?? {})
  return {
    Update: {
      TableName: table.name,
      Key: deviceKey(deviceId),
      // A fleet is given when the device is registered, perhaps at this moment.
      UpdateExpression: `SET ${set.map(([name]) => `#${name} = :${name}`).join(', ')}, fleet = if_not_exists(fleet, :fleet) REMOVE ${gone.map((name) => `#${name}`).join(', ')} ADD rev :one`,
      ConditionExpression: device
        ? `${device.rev === 0 ? '(attribute_not_exists(rev) OR rev = :rev)' : 'rev = :rev'} AND ${same.condition}`
        : 'attribute_not_exists(pk)',
      ExpressionAttributeNames: Object.fromEntries(
        [...set.map(([name]) => name), ...gone].map((name) => [`#${name}`, name]),
      ),
      ExpressionAttributeValues: {
        ':one': 1,
        ':fleet': defaultFleet,
        ...(device ? { ':rev': device.rev, ...same.values } : {}),
        ...Object.fromEntries(set.map(([name, value]) => [`:${name}`, value])),
      },
    },
  }
}

/**
 * The attempt before becomes an item of its own, closed by the one that follows. That changes nothing of an attempt that has
 * ended; of one that has gone silent it settles what a report makes of it that comes late.
 */
const moveAway = (table: Table, device: Device, attempt: Attempt, now: number) => {
  const closed = { ...marksOf({ receivedAt: now, receiptId: attempt.id }).earliest, at: now, by: 'replaced' }
  const registers = { ...device.registers, closed: device.registers.closed ?? closed }
  const moved = { ...device, registers }
  const told = toldOf(moved, upgradeStatus(attempt, registers, now))
  const counts =
    attempt.campaignId === undefined
      ? undefined
      : countChange(table, attempt.campaignId, device.deviceId, device.told, told)
  const put = {
    Put: {
      TableName: table.name,
      Item: {
        ...attemptKey(device.deviceId, attempt.id),
        ...attemptAttributes(attempt),
        ...registers,
        fleet: device.fleet,
        state: told.state,
        version: told.version,
        reason: told.reason,
        rev: device.rev,
        expiresAt: expiry(now, table.retention.upgrades),
      },
    },
  }
  return { put, counts }
}

/**
 * Closes our books on the attempt; false if it is not the device's attempt any more or, where `rev` is given, the device has
 * been written since. The device is not told. Safe to repeat.
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
        UpdateExpression: 'SET closed = if_not_exists(closed, :closed) ADD rev :one',
        ConditionExpression: rev === undefined ? 'attemptId = :id' : 'attemptId = :id AND rev = :rev',
        ExpressionAttributeValues: {
          ':closed': closed,
          ':id': attemptId,
          ':one': 1,
          ...(rev === undefined ? {} : { ':rev': rev }),
        },
      }),
    ),
  )
  return !isRefused(outcome)
}
