import { QueryCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import type { Table } from '../table/client.ts'
import { type PackageUser, packageKey } from '../table/keys.ts'

const User = z.union([
  z.object({ campaignId: z.string() }),
  z.object({ deviceId: z.string(), attemptId: z.string() }),
])

/** So many are told of. */
const mostTold = 10

/** Campaigns and attempts that may still need the package: at most ten of them. */
export const usersOf = async (table: Table, id: string, now: number): Promise<PackageUser[]> => {
  const found: PackageUser[] = []
  let start: Record<string, unknown> | undefined
  do {
    const { Items = [], LastEvaluatedKey } = await table.client.send(
      new QueryCommand({
        TableName: table.name,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :uses)',
        // The time to live deletes late, up to some days: what has expired counts as gone.
        FilterExpression: 'expiresAt > :now',
        ExpressionAttributeValues: {
          ':pk': packageKey(id).pk,
          ':uses': 'USE#',
          ':now': Math.floor(now / 1000),
        },
        ConsistentRead: true,
        ...(start ? { ExclusiveStartKey: start } : {}),
      }),
    )
    found.push(...Items.map((item) => User.parse(item)))
    start = LastEvaluatedKey
  } while (start && found.length < mostTold)
  return found.slice(0, mostTold)
}
