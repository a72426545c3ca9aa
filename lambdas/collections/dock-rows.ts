import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { expiry, type Table, unlessRefused } from '../table/client.ts'
import { collectionKeys } from '../table/keys.ts'
import { updateOf } from '../table/update.ts'

/**
 * A collection's row at a dock: pk `DOCK#{dockSn}`, sk `COLLECTION#{id}`. `run`: the newest run, which also
 * covers new causes while it waits. `earlier`: the run before it, which still works on logs that it chose
 * earlier. `cooldowns`: when the logs of an alarm code were last collected, epoch ms.
 */

const Row = z.object({
  run: z.optional(z.string()),
  earlier: z.optional(z.string()),
  cooldowns: z._default(z.record(z.string(), z.number()), {}),
  rev: z.number(),
})
export type DockRow = z.infer<typeof Row>

/** Days; longer than any cooldown and any run, which take a week at most. */
export const minKeptDays = 15

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

  /** A change of the row that was read, as part of a transaction. */
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
      // The row does not expire while a run is in progress.
      ...updateOf({
        set: { ...change, expiresAt: undefined },
        add: { rev: 1 },
        values: rev === 0 ? {} : { ':rev': rev },
      }),
      ConditionExpression: rev === 0 ? 'attribute_not_exists(#rev)' : '#rev = :rev',
    },
  }),

  /**
   * Removes a run that has ended. Idempotent, and harmless if another has begun since. The row is kept for
   * longer than any cooldown.
   */
  free: async (dockSn: string, collectionId: string, runId: string, now: number): Promise<void> => {
    const expiresAt = expiry(now, Math.max(minKeptDays, table.retention.commands))
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
