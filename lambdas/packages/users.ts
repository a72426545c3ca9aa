import * as z from 'zod/mini'
import type { Table } from '../table/client.ts'
import { type PackageUser, packageKey } from '../table/keys.ts'
import { pagesOf } from '../table/whole-query.ts'

const User = z.union([
  z.object({ campaignId: z.string() }),
  z.object({ deviceId: z.string(), attemptId: z.string() }),
])

/** The most users that are returned. */
const maxUsers = 10

/** Whether a user of a package has not ended. */
export type StillNeeds = (user: PackageUser) => Promise<boolean>

/** Users checked in parallel. */
const atOnce = 25

/** Campaigns and attempts that have a use of the package and still need it: at most ten. */
export const usersOf = async (
  table: Table,
  id: string,
  now: number,
  stillNeeds: StillNeeds = async () => true,
): Promise<PackageUser[]> => {
  const found: PackageUser[] = []
  for await (const users of rowsOf(table, id, now)) {
    for (let n = 0; n < users.length && found.length < maxUsers; n += atOnce) {
      const some = users.slice(n, n + atOnce)
      const needed = await Promise.all(some.map(stillNeeds))
      found.push(...some.filter((_, at) => needed[at]))
    }
    if (found.length >= maxUsers) break
  }
  return found.slice(0, maxUsers)
}

async function* rowsOf(table: Table, id: string, now: number): AsyncGenerator<PackageUser[]> {
  const pages = pagesOf(table, {
    KeyConditionExpression: 'pk = :pk AND begins_with(sk, :uses)',
    // The time to live deletes late, by up to some days: expired rows do not count.
    FilterExpression: 'expiresAt > :now',
    ExpressionAttributeValues: {
      ':pk': packageKey(id).pk,
      ':uses': 'USE#',
      ':now': Math.floor(now / 1000),
    },
    ConsistentRead: true,
  })
  for await (const items of pages) yield items.map((item) => User.parse(item))
}
