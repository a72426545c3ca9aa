import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { type Table, unlessRefused } from '../table/client.ts'
import { dueKeys, type Key } from '../table/pages.ts'

/** The items of one kind that are due, and how to postpone one that failed. */
export type DueItems = {
  /** Oldest first, from an index that lags: an item may be listed though it is no longer due, or twice. */
  list: (now: number) => AsyncIterable<Key>
  /**
   * Postpones the `checkAt` of an item that failed, so that it does not come first in every run. Conditional
   * on the `checkAt` that was read: another writer's takes precedence. A repeat postpones it no further.
   */
  postpone: (key: Key, now: number) => Promise<void>
}

/**
 * Milliseconds: less than a minute, so that the next run looks again; doubled at each further failure, up to
 * `max`.
 */
const delays = { first: 45_000, max: 15 * 60_000 }

/** A failure later than this after the last postponement starts from the first delay again. */
const forgottenAfterMs = 5 * 60_000

const Postponed = z.object({ until: z.number(), delay: z.number() })
const Item = z.object({
  dueKind: z.optional(z.string()),
  checkAt: z.optional(z.number()),
  postponed: z.optional(Postponed),
})

/** How long an item waits after a failure, given its previous postponement. Pure. */
export const delayAfter = (before: z.infer<typeof Postponed> | undefined, now: number): number =>
  before && now < before.until + forgottenAfterMs ? Math.min(before.delay * 2, delays.max) : delays.first

export const dueItems = (table: Table, kind: string): DueItems => ({
  list: (now) => dueKeys(table, kind, now),
  postpone: async ({ pk, sk }, now) => {
    const Key = { pk, sk }
    const read = await table.client.send(new GetCommand({ TableName: table.name, Key, ConsistentRead: true }))
    const { dueKind, checkAt, postponed } = Item.parse(read.Item ?? {})
    if (dueKind !== kind || checkAt === undefined || checkAt > now) return
    const delay = delayAfter(postponed, now)
    await unlessRefused(
      table.client.send(
        new UpdateCommand({
          TableName: table.name,
          Key,
          UpdateExpression: 'SET checkAt = :until, postponed = :postponed',
          ConditionExpression: 'dueKind = :kind AND checkAt = :read',
          ExpressionAttributeValues: {
            ':until': now + delay,
            ':postponed': { until: now + delay, delay },
            ':kind': kind,
            ':read': checkAt,
          },
        }),
      ),
    )
  },
})
