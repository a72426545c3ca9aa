import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { attemptAttributes, type Device, defaultFleet } from './devices.ts'
import { expiry, isRefused, type Table, unlessRefused, writeTogether } from './dynamodb.ts'
import { attemptKey, deviceKey, memberKey } from './keys.ts'
import { earliest } from './registers.ts'
import { countChange, toldOf, upgradeDueKind } from './tell-upgrade.ts'
import { type Attempt, upgradeStatus } from './upgrade-state.ts'

/** Opening and closing attempts to upgrade a device. A device has one open attempt: it upgrades one thing at a time. */

export type Opened = 'opened' | 'same' | 'another' | 'changed'

export const isOpen = (device: Device, now: number): boolean => {
  const { state } = upgradeStatus(device.attempt, device.registers, now)
  return device.attempt !== undefined && (state === 'pending' || state === 'upgrading')
}

/**
 * Opens an attempt on what was read of the device. `same`: it is open already; `another` is open and `replace` was not asked for;
 * `changed`: the device was written meanwhile, read it again. All is written at once: the old attempt moves away with its
 * registers, the new one starts empty, the campaigns' counts follow.
 */
export const openAttempt = async (
  table: Table,
  deviceId: string,
  device: Device | undefined,
  attempt: Attempt,
  { replace, now }: { replace: boolean; now: number },
): Promise<Opened> => {
  const open = device && isOpen(device, now)
  const isSame = device?.attempt?.target === attempt.target && device.attempt.package === attempt.package
  if (open && isSame) return 'same'
  if (open && !replace) return 'another'
  const checkAt = attempt.openedAt + attempt.timeoutSeconds * 1000
  const counts = attempt.campaignId
    ? [
        countChange(
          table,
          attempt.campaignId,
          deviceId,
          {},
          { state: 'pending', version: device?.told.version },
        ),
        member(table, attempt.campaignId, deviceId, attempt.id),
      ]
    : []
  const refused = await writeTogether(table, [
    begin(table, deviceId, device, attempt, checkAt),
    ...(device?.attempt ? moveAway(table, device, device.attempt, now) : []),
    ...counts.flatMap((part) => part ?? []),
  ])
  return refused ? 'changed' : 'opened'
}

const begin = (
  table: Table,
  deviceId: string,
  device: Device | undefined,
  attempt: Attempt,
  checkAt: number,
) => {
  const set = Object.entries({
    ...attemptAttributes(attempt),
    deviceId,
    fleet: device?.fleet ?? defaultFleet,
    kind: 'device',
    kindKey: deviceId,
    state: 'pending',
    dueKind: upgradeDueKind,
    checkAt,
  }).filter(([, value]) => value !== undefined)
  const gone = ['latest', 'failed', 'matched', 'confirmed', 'closed', 'reason']
  if (attempt.campaignId === undefined) gone.push('campaignId')
  return {
    Update: {
      TableName: table.name,
      Key: deviceKey(deviceId),
      UpdateExpression: `SET ${set.map(([name]) => `#${name} = :${name}`).join(', ')} REMOVE ${gone.map((name) => `#${name}`).join(', ')} ADD rev :one`,
      ConditionExpression: device
        ? device.rev === 0
          ? '(attribute_not_exists(rev) OR rev = :rev)'
          : 'rev = :rev'
        : 'attribute_not_exists(pk)',
      ExpressionAttributeNames: Object.fromEntries(
        [...set.map(([name]) => name), ...gone].map((name) => [`#${name}`, name]),
      ),
      ExpressionAttributeValues: {
        ':one': 1,
        ...(device ? { ':rev': device.rev } : {}),
        ...Object.fromEntries(set.map(([name, value]) => [`:${name}`, value])),
      },
    },
  }
}

/** The attempt before becomes an item of its own; one that was still open is closed by the one that follows. */
const moveAway = (table: Table, device: Device, attempt: Attempt, now: number) => {
  const closed = { order: earliest(now, attempt.id), at: now, by: 'replaced' }
  const registers = isOpen(device, now) ? { ...device.registers, closed } : device.registers
  const moved = { ...device, registers }
  const told = toldOf(moved, upgradeStatus(attempt, registers, now))
  const counts =
    attempt.campaignId && countChange(table, attempt.campaignId, device.deviceId, device.told, told)
  return [
    {
      Put: {
        TableName: table.name,
        Item: {
          ...attemptKey(device.deviceId, attempt.id),
          ...attemptAttributes(attempt),
          ...registers,
          deviceId: device.deviceId,
          fleet: device.fleet,
          state: told.state,
          version: told.version,
          reason: told.reason,
          rev: device.rev,
          expiresAt: expiry(now, table.retention.upgrades),
        },
      },
    },
    ...(counts ? [counts] : []),
  ]
}

const member = (table: Table, campaignId: string, deviceId: string, attemptId: string) => ({
  Put: { TableName: table.name, Item: { ...memberKey(campaignId, deviceId), deviceId, attemptId } },
})

/** Closes our books on the attempt; false if it is not the device's attempt any more. The device is not told. */
export const closeAttempt = async (
  table: Table,
  deviceId: string,
  attemptId: string,
  by: string,
  now: number,
): Promise<boolean> => {
  const closed = { order: earliest(now, attemptId), at: now, by }
  const outcome = await unlessRefused(
    table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key: deviceKey(deviceId),
        UpdateExpression: 'SET closed = if_not_exists(closed, :closed) ADD rev :one',
        ConditionExpression: 'attemptId = :id',
        ExpressionAttributeValues: { ':closed': closed, ':id': attemptId, ':one': 1 },
        ReturnValues: 'ALL_NEW',
      }),
    ),
  )
  return !isRefused(outcome)
}
