import { createHash } from 'node:crypto'
import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { expiry, type Table } from '../table/client.ts'
import { type Fleets, includes } from '../table/fleets.ts'
import { upgradeEndsKey, upgradeEndsShards } from '../table/keys.ts'
import { updateOf } from '../table/update.ts'
import { wholeQuery } from '../table/whole-query.ts'
import { unsuccessfulUpgrades } from './upgrade-states.ts'

/**
 * How many upgrades ended on each day, by fleet, for a chart: no other item has ends by their time. Like the
 * metric, it counts when an end is projected: once, unless a crash comes between the two.
 */

const bad: ReadonlySet<string> = new Set(unsuccessfulUpgrades)

const daysKept = 30

/** Adds one to a day, in UTC, with one write of a small item. Each fleet has four such items a day. */
export const addUpgradeEnd = async (
  table: Table,
  { deviceId, fleet }: { deviceId: string; fleet: string },
  state: string,
  now: number,
): Promise<void> => {
  const [byte = 0] = createHash('sha1').update(deviceId).digest()
  const day = new Date(now).toISOString().slice(0, 10)
  const counter = state === 'succeeded' ? 'succeeded' : bad.has(state) ? 'unsuccessful' : undefined
  if (!counter) return
  await table.client.send(
    new UpdateCommand({
      TableName: table.name,
      Key: upgradeEndsKey(byte % upgradeEndsShards, day, fleet),
      ...updateOf({ set: { fleet, day, expiresAt: expiry(now, daysKept) }, add: { [counter]: 1 } }),
    }),
  )
}

const Row = z.object({
  fleet: z.string(),
  day: z.string(),
  succeeded: z._default(z.number(), 0),
  unsuccessful: z._default(z.number(), 0),
})
type Ends = { succeeded: number; unsuccessful: number }

/** The ends per day from `firstDay` on, of all these fleets together. */
export const readEnds = async (
  table: Table,
  fleets: Fleets,
  firstDay: string,
): Promise<ReadonlyMap<string, Ends>> => {
  const shards = Array.from({ length: upgradeEndsShards }, (_, shard) => rowsOf(table, shard, firstDay))
  const days = new Map<string, Ends>()
  for (const row of (await Promise.all(shards)).flat()) {
    if (!includes(fleets, row.fleet)) continue
    const { succeeded, unsuccessful } = days.get(row.day) ?? { succeeded: 0, unsuccessful: 0 }
    days.set(row.day, {
      succeeded: succeeded + row.succeeded,
      unsuccessful: unsuccessful + row.unsuccessful,
    })
  }
  return days
}

const rowsOf = async (table: Table, shard: number, firstDay: string): Promise<z.infer<typeof Row>[]> => {
  const { pk, sk } = upgradeEndsKey(shard, firstDay, '')
  const items = await wholeQuery(table, {
    KeyConditionExpression: 'pk = :pk AND sk >= :first',
    ExpressionAttributeValues: { ':pk': pk, ':first': sk },
  })
  return items.map((item) => Row.parse(item))
}
