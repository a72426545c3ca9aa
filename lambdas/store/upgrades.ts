import { GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb'
import type { DeviceEvent } from '../../protocols/huawei-ota/facts.ts'
import { type Device, readDevice } from './devices.ts'
import { expiry, type Table } from './dynamodb.ts'
import { attemptKey, deviceKey, reportKey } from './keys.ts'
import type { Receipt } from './receipt.ts'
import { factsAhead, type Terms, writeRegisters } from './register-item.ts'
import { defaultFleet } from './settings.ts'
import { tellUpgrade } from './tell-upgrade.ts'
import { factsOf, type UpgradeRegisters } from './upgrade-state.ts'

/** Taking in what devices report of their upgrades, and reading it. */

/** One event as it came; `index` is its place in the message. */
export type Reported = { event: DeviceEvent; receipt: Receipt; index: number }

/** The device as it is with these reports. */
export type Recorded = { device: Device }

/** `notItsChild`: the device that the topic names may not speak for this one. */
export type Refusal = 'notItsChild'

type Key = { pk: string; sk: string }

export const upgradeStore = (table: Table, now: () => number) => ({
  /**
   * Makes known what a device said, in one write where it came in order. `speaker` is the device that the topic names: the
   * device itself or its registered parent. Safe to repeat; the order makes no difference.
   */
  record: async (
    deviceId: string,
    speaker: string,
    reports: readonly Reported[],
  ): Promise<Recorded | Refusal> => {
    const current = await advance(table, deviceKey(deviceId), reports, byDevice(deviceId, speaker))
    if (current === 'refused') return 'notItsChild'
    const earlier = reports.filter(({ receipt }) => isBefore(receipt, current))
    if (earlier.length > 0) await recordEarlier(table, deviceId, earlier, now())
    await tellUpgrade(table, deviceKey(deviceId), current, silenceKnown(current, now()))
    return { device: current }
  },

  /** Reads a device afresh, and tells the indexes what they do not know yet of what it reported. */
  review: async (deviceId: string): Promise<Recorded | undefined> => {
    const device = await get(table, deviceKey(deviceId))
    if (!device) return undefined
    await tellUpgrade(table, deviceKey(deviceId), device, silenceKnown(device, now()))
    return { device }
  },

  /** Tells the indexes also of the silence until `at`: for who has asked the device before. */
  conclude: async (deviceId: string, at: number): Promise<void> => {
    const device = await get(table, deviceKey(deviceId))
    if (device) await tellUpgrade(table, deviceKey(deviceId), device, at)
  },

  get: (deviceId: string): Promise<Device | undefined> => get(table, deviceKey(deviceId)),

  /** A row for each event, as it was understood; the same event again is the same row. */
  keepReports: async (deviceId: string, reports: readonly Reported[]): Promise<void> => {
    await Promise.all(
      reports.map(({ event, receipt, index }) =>
        table.client.send(
          new PutCommand({
            TableName: table.name,
            Item: {
              ...reportKey(
                deviceId,
                receipt.receivedAt,
                `${receipt.receiptId}#${String(index).padStart(2, '0')}`,
              ),
              receivedAt: receipt.receivedAt,
              event,
              expiresAt: expiry(receipt.receivedAt, table.retention.upgrades),
            },
          }),
        ),
      ),
    )
  },
})

/**
 * Until when silence counts, for everyone but the sweep: it asks the device before it concludes, and what has been concluded
 * is due no more. So a report that waited in its queue for longer than the attempt's timeout ends nothing.
 */
const silenceKnown = ({ told }: Device, now: number): number => (told.state === 'timedOut' ? now : 0)

const get = async (table: Table, Key: Key): Promise<Device | undefined> => {
  const { Item } = await table.client.send(
    new GetCommand({ TableName: table.name, Key, ConsistentRead: true }),
  )
  return Item && readDevice(Item)
}

/** Only what was received after an attempt opened counts for it. */
const isBefore = ({ receivedAt }: Receipt, { attempt }: Pick<Device, 'attempt'>): boolean =>
  attempt !== undefined && receivedAt < attempt.openedAt

const factsFor = (
  reports: readonly Reported[],
  device: Pick<Device, 'attempt'> | undefined,
): UpgradeRegisters => {
  const facts: UpgradeRegisters = {}
  for (const { event, receipt, index } of reports) {
    const made = factsOf(event, receipt, index, device?.attempt)
    const counts = device && isBefore(receipt, device) ? running(made) : made
    Object.assign(facts, factsAhead(counts, facts))
  }
  return facts
}

/** What a device runs is the device's: it stands whichever attempt is open. */
const running = ({ firmware, software }: UpgradeRegisters): UpgradeRegisters => ({ firmware, software })

/** A device may report of itself, known or not; of another only its registered parent may. */
const byDevice = (deviceId: string, speaker: string): Terms => ({
  conditions: speaker === deviceId ? [] : ['parentId = :speaker'],
  sets: [
    'deviceId = :deviceId',
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
 * First blind, with what is known without the attempt's target; what comes back has the target, and shows what is still to
 * be made known. Each turn moves a register forward or ends the loop.
 */
const advance = async (
  table: Table,
  key: Key,
  reports: readonly Reported[],
  terms: Terms,
): Promise<Device | 'refused'> => {
  const oldest = Math.min(...reports.map(({ receipt }) => receipt.receivedAt))
  const inTime = '(attribute_not_exists(openedAt) OR openedAt <= :oldest)'
  let item = await writeRegisters(table, key, factsFor(reports, undefined), {
    ...terms,
    conditions: [...terms.conditions, inTime],
    values: { ...terms.values, ':oldest': oldest },
  })
  for (;;) {
    if (!item) return 'refused'
    const device: Device = readDevice(item)
    if (terms.values?.[':speaker'] !== undefined && device.parentId !== terms.values[':speaker'])
      return 'refused'
    const due = factsAhead(factsFor(reports, device), device.registers)
    if (Object.keys(due).length === 0) return device
    const { attempt } = device
    item = await writeRegisters(table, key, due, {
      ...terms,
      conditions: [...terms.conditions, attempt ? 'attemptId = :attempt' : 'attribute_not_exists(attemptId)'],
      values: { ...terms.values, ...(attempt ? { ':attempt': attempt.id } : {}) },
    })
  }
}

/**
 * Reports that come late, since another attempt was opened meanwhile: they count for the attempt that was the newest then, and
 * what they say that the device runs for all that followed before the present one.
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
    const moved = await advance(table, key, own, { conditions: ['attribute_exists(pk)'] })
    if (moved !== 'refused') await tellUpgrade(table, key, moved, silenceKnown(moved, now))
  }
}

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
      Limit: 200,
    }),
  )
  return Items.map((item) => readDevice(item))
}
