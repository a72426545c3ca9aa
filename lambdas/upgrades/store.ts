import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { type Table, unlessRefused } from '../table/client.ts'
import { attemptKey, deviceKey } from '../table/keys.ts'
import { tryRegisters, type WriteOptions, writeRegisters } from '../table/register-item.ts'
import { defaultFleet } from '../table/settings.ts'
import { type Device, readDevice } from './devices.ts'
import { blindFacts, factsAbout, isBefore, type Reported } from './facts.ts'
import { earlierAttempts, findDevice } from './find-devices.ts'
import { projectUpgrade } from './project-upgrade.ts'
import type { UpgradeRegisters } from './registers.ts'
import { keepReports } from './report-history.ts'

/** Records what devices report about their upgrades, and reads it. */

type Key = { pk: string; sk: string }

export const upgradeStore = (table: Table, now: () => number) => ({
  /**
   * Records a device's reports, with one write if they come in order. `speaker` is the device that the topic
   * names: the device itself or its registered parent; any other is refused with `notItsChild`. Resolves to
   * the device after these reports. Idempotent; the order makes no difference.
   */
  record: async (
    deviceId: string,
    speaker: string,
    reports: readonly Reported[],
  ): Promise<Device | 'notItsChild'> => {
    const key = deviceKey(deviceId)
    const current = await advance(table, key, reports, byDevice(deviceId, speaker))
    if (current === 'refused') return 'notItsChild'
    const earlier = reports.filter(({ receipt }) => isBefore(receipt, current))
    if (earlier.length > 0) await recordEarlier(table, deviceId, earlier, now())
    await projectUpgrade(table, key, current, now())
    if (current.expiresAt !== undefined) await cancelExpiry(table, key)
    return current
  },

  /** Reads a device, and brings its index entry up to date with its reports and with the time. */
  review: async (deviceId: string): Promise<Device | undefined> => {
    const device = await findDevice(table, deviceKey(deviceId))
    if (device) await projectUpgrade(table, deviceKey(deviceId), device, now())
    return device
  },

  /**
   * Records what we did about an attempt, or concluded, and projects it to the indexes. Resolves to false,
   * and writes nothing, if the device has been heard since it was read: what we did rested on what was known
   * then.
   */
  note: async ({ deviceId, rev }: Device, facts: UpgradeRegisters): Promise<boolean> => {
    const { written, item } = await tryRegisters(table, deviceKey(deviceId), facts, {
      conditions: ['rev = :rev'],
      values: { ':rev': rev },
    })
    if (item) await projectUpgrade(table, deviceKey(deviceId), readDevice(item), now())
    return written
  },

  get: (deviceId: string): Promise<Device | undefined> => findDevice(table, deviceKey(deviceId)),

  keepReports: (device: Device, reports: readonly Reported[]): Promise<Reported[]> =>
    keepReports(table, device, reports),
})

/** A removed device has spoken: it exists, and its item stays. */
const cancelExpiry = (table: Table, Key: Key) =>
  unlessRefused(
    table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key,
        UpdateExpression: 'REMOVE expiresAt',
        ConditionExpression: 'attribute_exists(kind)',
      }),
    ),
  )

/** Any device may report for itself; only its registered parent may report for it. */
const byDevice = (deviceId: string, speaker: string): WriteOptions => ({
  conditions: speaker === deviceId ? [] : ['parentId = :speaker'],
  sets: [
    'fleet = if_not_exists(fleet, :fleet)',
    'kind = if_not_exists(kind, :kind)',
    'kindKey = if_not_exists(kindKey, :deviceId)',
  ],
  values: {
    ':deviceId': deviceId,
    ':fleet': defaultFleet,
    ':kind': 'device',
    ...(speaker === deviceId ? {} : { ':speaker': speaker }),
  },
})

/**
 * The first write is blind, without the attempt's target, unless the item was read. It returns the item with
 * the target, which shows what is still to be written. Each turn moves a register forward or ends the loop.
 */
const advance = async (
  table: Table,
  key: Key,
  reports: readonly Reported[],
  options: WriteOptions,
  read?: Device,
): Promise<Device | 'refused'> => {
  let device = read ?? known(await blindWrite(table, key, reports, options))
  for (;;) {
    if (!device) return 'refused'
    if (options.values?.[':speaker'] !== undefined && device.parentId !== options.values[':speaker'])
      return 'refused'
    const due = factsAbout(reports, device)
    if (Object.keys(due).length === 0) return device
    const written = await writeRegisters(table, key, due, {
      ...options,
      // These facts were derived from the registers as they were read: they must not hide what came since.
      conditions: [...options.conditions, '(attribute_not_exists(rev) OR rev = :rev)'],
      values: { ...options.values, ':rev': device.rev },
    })
    device = known(written)
  }
}

const known = (item: Record<string, unknown> | undefined): Device | undefined => item && readDevice(item)

/**
 * One write, if reports come in order and report the same version as before. Another version may hide what
 * contradicts a claim, so the condition refuses it here, and it is written after a read.
 */
const blindWrite = (
  table: Table,
  key: Key,
  reports: readonly Reported[],
  options: WriteOptions,
): Promise<Record<string, unknown> | undefined> => {
  const facts = blindFacts(reports)
  const oldest = Math.min(...reports.map(({ receipt }) => receipt.receivedAt))
  const versions = new Set(
    reports.flatMap(({ event }) => (event.kind === 'upgradeReport' ? (event.version ?? []) : [])),
  )
  const inTime = '(attribute_not_exists(openedAt) OR openedAt <= :oldest)'
  const sameVersion =
    versions.size > 1
      ? 'attribute_not_exists(openedAt)'
      : '(attribute_not_exists(openedAt) OR attribute_not_exists(reported) OR reported.version = :version)'
  const [version] = versions
  return writeRegisters(table, key, facts, {
    ...options,
    conditions: [...options.conditions, inTime, ...(version === undefined ? [] : [sameVersion])],
    values: { ...options.values, ':oldest': oldest, ...(versions.size === 1 ? { ':version': version } : {}) },
  })
}

/**
 * Late reports, after another attempt was opened. They count for the attempt that was open when they were
 * received. The versions in them count for every later attempt before the present one.
 */
const recordEarlier = async (
  table: Table,
  deviceId: string,
  reports: readonly Reported[],
  now: number,
): Promise<void> => {
  const attempts = await earlierAttempts(table, deviceId, { limit: maxEarlier })
  for (const [n, attempt] of attempts.entries()) {
    const until = attempts[n - 1]?.attempt?.openedAt ?? Number.POSITIVE_INFINITY
    const own = reports.filter(({ receipt }) => receipt.receivedAt < until)
    if (own.length === 0 || !attempt.attempt) continue
    const key = attemptKey(deviceId, attempt.attempt.id)
    const moved = await advance(table, key, own, { conditions: ['attribute_exists(pk)'] }, attempt)
    if (moved !== 'refused') await projectUpgrade(table, key, moved, now)
  }
}

/**
 * Earlier attempts that a late report can reach: each may cost a write, and a forwarder may send any time.
 */
const maxEarlier = 5
