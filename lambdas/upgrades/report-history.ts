import { PutCommand } from '@aws-sdk/lib-dynamodb'
import { eachOf } from '../runtime/each-of.ts'
import { expiry, type Table } from '../table/client.ts'
import { reportKey } from '../table/keys.ts'
import type { Device } from './devices.ts'
import type { Reported } from './facts.ts'

/** What devices said, event by event, each in a row of its own. */

/** Rows that are written side by side. */
const rowsAtOnce = 10

/**
 * What a device may write at once, in write units: one for each message, as its SDK sends it, and these
 * besides. A device that crowds its messages is so held to the pace of others; what it says still counts, all
 * of it, for its state.
 */
const unitsBesides = 10

/**
 * Keeps a row for each event, as it was understood; the same event again is the same row. Resolves to the
 * events that a device had no room for: the first event of any message goes before the second of another.
 */
export const keepReports = async (
  table: Table,
  device: Device,
  reports: readonly Reported[],
): Promise<Reported[]> => {
  const rows = reports.map((report) => ({ report, item: itemOf(table, device, report) }))
  const messages = new Set(reports.map(({ receipt }) => receipt.receiptId)).size
  let left = messages + unitsBesides
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
  const rest = `${receiptId}#${String(index).padStart(2, '0')}`
  return {
    ...reportKey(device.deviceId, receivedAt, rest),
    receivedAt,
    place,
    event,
    expiresAt: expiry(receivedAt, table.retention.upgrades),
  }
}

/** A write unit is 1 KB. As JSON an item is a little larger than DynamoDB counts it. */
const unitsOf = (item: object): number => Math.ceil(Buffer.byteLength(JSON.stringify(item)) / 1024)
