import { PutCommand } from '@aws-sdk/lib-dynamodb'
import { eachOf } from '../runtime/each-of.ts'
import { expiry, type Table } from '../table/client.ts'
import { reportKey } from '../table/keys.ts'
import type { Device } from './devices.ts'
import type { Reported } from './facts.ts'

/** The history of devices' reports: a row for each event. */

/** Rows written in parallel. */
const rowsAtOnce = 10

/**
 * Write units that a device may use per batch, on top of one for each message, which is how its SDK sends
 * them. This holds a device that crowds its messages to the pace of the others. All that it reports still
 * counts for its state.
 */
const extraUnits = 10

/**
 * Keeps a row for each event as it was understood; the same event again is the same row. Resolves to the
 * events that exceeded the device's budget. The first event of every message goes before the second of any.
 */
export const keepReports = async (
  table: Table,
  device: Device,
  reports: readonly Reported[],
): Promise<Reported[]> => {
  const rows = reports.map((report) => ({ report, item: itemOf(table, device, report) }))
  const messages = new Set(reports.map(({ receipt }) => receipt.receiptId)).size
  let left = messages + extraUnits
  const kept = new Set(
    rows
      .toSorted((one, other) => one.report.index - other.report.index)
      .filter(({ item }) => {
        const units = unitsOf(item)
        if (units > left) return false
        left -= units
        return true
      }),
  )
  await eachOf([...kept], rowsAtOnce, async ({ item }) => {
    await table.client.send(new PutCommand({ TableName: table.name, Item: item }))
  })
  return rows.flatMap((row) => (kept.has(row) ? [] : [row.report]))
}

const itemOf = (table: Table, device: Device, { event, receipt, index }: Reported) => {
  const { receivedAt, place, receiptId } = receipt
  const suffix = `${receiptId}#${String(index).padStart(2, '0')}`
  return {
    ...reportKey(device.deviceId, receivedAt, suffix),
    receivedAt,
    place,
    event,
    expiresAt: expiry(receivedAt, table.retention.upgrades),
  }
}

/** A write unit is 1 KB. As JSON an item is a little larger than DynamoDB counts it. */
const unitsOf = (item: object): number => Math.ceil(Buffer.byteLength(JSON.stringify(item)) / 1024)
