import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { expiry, type Table, unlessRefused } from '../table/client.ts'
import { collectionKeys } from '../table/keys.ts'
import { updateOf } from '../table/update.ts'

/**
 * What a collection does at a dock: pk `DOCK#{dockSn}`, sk `COLLECTION#{id}`. The run that takes
 * what comes with its own, as long as it waits; the one before, while it still works on logs that it chose earlier;
 * and when which alarm's logs were collected last, epoch ms.
 */

const Row = z.object({
  run: z.optional(z.string()),
  earlier: z.optional(z.string()),
  cooldowns: z._default(z.record(z.string(), z.number()), {}),
  rev: z.number(),
})
export type DockRow = z.infer<typeof Row>

/** Longer than any alarm cools down, and than any run may take: neither is longer than a week. */
export const leastKeptDays = 15

const noRow: DockRow = { cooldowns: {}, rev: 0 }

export const dockRowStore = (table: Table) => ({
  get: async (dockSn: string, collectionId: string): Promise<DockRow> => {
    const { Item } = await table.client.send(
      new GetCommand({
        TableName: table.name,
        Key: collectionKeys.dock(dockSn, collectionId),
        ConsistentRead: true,
      }),
    )
    return Item ? Row.parse(Item) : noRow
  },

  /** A change of the row that was read, as a part of a transaction. */
  part: ({
    dockSn,
    collectionId,
    change,
    rev,
  }: {
    dockSn: string
    collectionId: string
    change: object
    rev: number
  }) => ({
    Update: {
      TableName: table.name,
      Key: collectionKeys.dock(dockSn, collectionId),
      // Nothing of it runs out as long as a run is under way.
      ...updateOf({
        set: { ...change, expiresAt: undefined },
        add: { rev: 1 },
        values: rev === 0 ? {} : { ':rev': rev },
      }),
      ConditionExpression: rev === 0 ? 'attribute_not_exists(#rev)' : '#rev = :rev',
    },
  }),

  /**
   * The run has ended. Safe to repeat, and harmless where another has begun since. The row is kept for longer
   * than any alarm cools down.
   */
  free: async (dockSn: string, collectionId: string, runId: string, now: number): Promise<void> => {
    const expiresAt = expiry(now, Math.max(leastKeptDays, table.retention.commands))
    for (const place of ['run', 'earlier'] as const)
      await unlessRefused(
        table.client.send(
          new UpdateCommand({
            TableName: table.name,
            Key: collectionKeys.dock(dockSn, collectionId),
            ...updateOf({
              set: { [place]: undefined, expiresAt },
              add: { rev: 1 },
              values: { ':ended': runId },
            }),
            ConditionExpression: `#${place} = :ended`,
          }),
        ),
      )
  },
})
