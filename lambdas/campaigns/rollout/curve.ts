import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { expiry, type Table } from '../../table/client.ts'
import { rolloutKeys } from '../../table/keys.ts'

/**
 * Confirmed and failed devices over time, `at` in epoch ms. At most `maxPoints`; older ones are thinned out.
 */
const Point = z.object({ at: z.number(), confirmed: z.number(), failed: z.number() })
export type Point = z.infer<typeof Point>
const Curve = z.object({ points: z.array(Point) })
const maxPoints = 200

/** Adds a point if something has changed; if there are too many, every second older one is removed. */
export const withPoint = (curve: readonly Point[], point: Point): Point[] | undefined => {
  const last = curve.at(-1)
  if (last && last.confirmed === point.confirmed && last.failed === point.failed) return undefined
  const points = [...curve, point]
  return points.length <= maxPoints ? points : points.filter((_, n) => n % 2 === 0 || n === points.length - 1)
}

export const curveStore = (table: Table, campaignId: string) => {
  const Key = rolloutKeys.curve(campaignId)
  return {
    read: async (): Promise<Point[]> => {
      const { Item } = await table.client.send(new GetCommand({ TableName: table.name, Key }))
      return Item ? Curve.parse(Item).points : []
    },
    write: async (points: readonly Point[], now: number): Promise<void> => {
      const Item = { ...Key, points, expiresAt: expiry(now, table.retention.upgrades) }
      await table.client.send(new PutCommand({ TableName: table.name, Item }))
    },
  }
}
