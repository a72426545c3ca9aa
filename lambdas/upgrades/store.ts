import { GetCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { type Table, unlessRefused } from '../table/client.ts'
import { attemptKey, deviceKey } from '../table/keys.ts'
import { tryRegisters, type WriteOptions, writeRegisters } from '../table/register-item.ts'
import { defaultFleet } from '../table/settings.ts'
import { type Device, readDevice } from './devices.ts'
import { blindFacts, factsAbout, isBefore, type Reported } from './facts.ts'
import { projectUpgrade } from './project-upgrade.ts'
import type { UpgradeRegisters } from './registers.ts'
import { keepReports } from './report-history.ts'

/** Taking in what devices report of their upgrades, and reading it. */

/** The device as it is with these reports. */
export type RecordedDevice = { device: Device }

/** `notItsChild`: the device that the topic names may not speak for this one. */
export type Refusal = 'notItsChild'

type Key = { pk: string; sk: string }

export const upgradeStore = (table: Table, now: () => number) => ({
  /**
   * Makes known what a device said, in one write where it came in order. `speaker` is the device that the
   * topic names: the device itself or its registered parent. Safe to repeat; the order makes no difference.
   */
  record: async (
    deviceId: string,
    speaker: string,
    reports: readonly Reported[],
  ): Promise<RecordedDevice | Refusal> => {
    const key = deviceKey(deviceId)
    const current = await advance(table, key, reports, byDevice(deviceId, speaker))
    if (current === 'refused') return 'notItsChild'
    const earlier = reports.filter(({ receipt }) => isBefore(receipt, current))
    if (earlier.length > 0) await recordEarlier(table, deviceId, earlier, now())
    await projectUpgrade(table, key, current, now())
    if (current.expiresAt !== undefined) await keepAgain(table, key)
    return { device: current }
  },

  /**
   * Reads a device afresh, and projects to the indexes what they lack of what it reported, or of what time
   * has made of it.
   */
  review: async (deviceId: string): Promise<RecordedDevice | undefined> => {
    const device = await get(table, deviceKey(deviceId))
    if (!device) return undefined
    await projectUpgrade(table, deviceKey(deviceId), device, now())
    return { device }
  },

  /**
   * Writes down what we did about an attempt, or concluded of it, and projects it to the indexes. Nothing is
   * written where the device has been heard since it was read, which is false: what we did rested on what was
   * known then.
   */
  note: async ({ deviceId, attempt, rev }: Device, facts: UpgradeRegisters): Promise<boolean> => {
    const { written, item } = await tryRegisters(table, deviceKey(deviceId), facts, {
      conditions: ['attemptId = :attempt', 'rev = :rev'],
      values: { ':attempt': attempt?.id ?? '', ':rev': rev },
    })
    if (item) await projectUpgrade(table, deviceKey(deviceId), readDevice(item), now())
    return written
  },

  get: (deviceId: string): Promise<Device | undefined> => get(table, deviceKey(deviceId)),

  keepReports: (device: Device, reports: readonly Reported[]): Promise<Reported[]> =>
    keepReports(table, device, reports),
})

/** One that was removed has spoken: it is there, and stays. */
const keepAgain = (table: Table, Key: Key) =>
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

const get = async (table: Table, Key: Key): Promise<Device | undefined> => {
  const { Item } = await table.client.send(
    new GetCommand({ TableName: table.name, Key, ConsistentRead: true }),
  )
  return Item && readDevice(Item)
}

/** A device may report of itself, known or not; of another only its registered parent may. */
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
 * First blind, unless the item was read, with what is known without the attempt's target; what comes back has
 * the target, and shows what is still to be made known. Each turn moves a register forward or ends the loop.
 */
const advance = async (
  table: Table,
  key: Key,
  reports: readonly Reported[],
  terms: WriteOptions,
  read?: Device,
): Promise<Device | 'refused'> => {
  let device = read ?? known(await blindWrite(table, key, reports, terms))
  for (;;) {
    if (!device) return 'refused'
    if (terms.values?.[':speaker'] !== undefined && device.parentId !== terms.values[':speaker'])
      return 'refused'
    const due = factsAbout(reports, device)
    if (Object.keys(due).length === 0) return device
    const written = await writeRegisters(table, key, due, {
      ...terms,
      // Nothing that came meanwhile may be hidden by what was made of the registers as they were read.
      conditions: [...terms.conditions, '(attribute_not_exists(rev) OR rev = :rev)'],
      values: { ...terms.values, ':rev': device.rev },
    })
    device = known(written)
  }
}

const known = (item: Record<string, unknown> | undefined): Device | undefined => item && readDevice(item)

/**
 * One write where reports come in order and the version in them stays the same. Another version may hide what
 * contradicts a claim, so it is refused here and written with all that is known.
 */
const blindWrite = (
  table: Table,
  key: Key,
  reports: readonly Reported[],
  terms: WriteOptions,
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
    ...terms,
    conditions: [...terms.conditions, inTime, ...(version === undefined ? [] : [sameVersion])],
    values: { ...terms.values, ':oldest': oldest, ...(versions.size === 1 ? { ':version': version } : {}) },
  })
}

/**
 * Reports that come late, since another attempt was opened meanwhile: they count for the attempt that was the
 * newest then, and what they say that the device runs for all that followed before the present one.
 */
const recordEarlier = async (
  table: Table,
  deviceId: string,
  reports: readonly Reported[],
  now: number,
): Promise<void> => {
  const attempts = await earlierAttempts(table, deviceId)
  for (const [n, attempt] of attempts.entries()) {
    const until = attempts[n - 1]?.attempt?.openedAt ?? Number.POSITIVE_INFINITY
    const own = reports.filter(({ receipt }) => receipt.receivedAt < until)
    if (own.length === 0 || !attempt.attempt) continue
    const key = attemptKey(deviceId, attempt.attempt.id)
    const moved = await advance(table, key, own, { conditions: ['attribute_exists(pk)'] }, attempt)
    if (moved !== 'refused') await projectUpgrade(table, key, moved, now)
  }
}

/** Attempts that a late report can still reach: each may cost a write, and a forwarder may send any time. */
const mostEarlier = 5

/** Attempts that others have followed, newest first. */
const earlierAttempts = async (table: Table, deviceId: string): Promise<Device[]> => {
  const { pk } = deviceKey(deviceId)
  const { Items = [] } = await table.client.send(
    new QueryCommand({
      TableName: table.name,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :attempts)',
      ExpressionAttributeValues: { ':pk': pk, ':attempts': attemptKey('', '').sk },
      ScanIndexForward: false,
      // One that moved away a moment ago has to be found.
      ConsistentRead: true,
      Limit: mostEarlier,
    }),
  )
  return Items.map((item) => readDevice(item))
}
