import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { type Idempotency, idempotencyItem, type Repeated, readRepeated } from '../http/idempotency.ts'
import { expiry, type Table, unlessRefused, writeTogether } from '../table/client.ts'
import { collectionKeys } from '../table/keys.ts'
import { updateOf } from '../table/update.ts'
import { collectionDueKind } from './store.ts'

/**
 * Starts of a collection at many docks, daily or by hand: pk `COLLECTION#{id}`, sk `START#{startId}`. The
 * docks are processed in pages; `cursor` is the next one.
 */

const Start = z.object({
  id: z.string(),
  collectionId: z.string(),
  kind: z.enum(['daily', 'manual']),
  /** When it was started, epoch ms. */
  at: z.number(),
  /** The day, of a daily start. */
  day: z.optional(z.string()),
  /** The docks, if not all of the collection's. */
  docks: z.optional(z.array(z.string())),
  cursor: z.optional(z.string()),
  isDone: z.optional(z.boolean()),
  rev: z.number(),
})
export type Start = z.infer<typeof Start>

export const startStore = (table: Table) => ({
  get: async (collectionId: string, id: string): Promise<Start | undefined> => {
    const { Item } = await table.client.send(
      new GetCommand({
        TableName: table.name,
        Key: collectionKeys.start(collectionId, id),
        ConsistentRead: true,
      }),
    )
    return Item && Start.parse(Item)
  },

  /** Adds a start, once per id, in one transaction with the caller's idempotency key. */
  add: async (start: Start, now: number, idempotency?: Idempotency): Promise<Repeated | undefined> => {
    const refused = await writeTogether(table, {
      start: {
        Put: {
          TableName: table.name,
          Item: {
            ...collectionKeys.start(start.collectionId, start.id),
            ...start,
            dueKind: collectionDueKind,
            checkAt: now,
            expiresAt: expiry(now, table.retention.commands),
          },
          ConditionExpression: 'attribute_not_exists(pk)',
        },
      },
      key: idempotency && idempotencyItem(table, idempotency, start.id, now),
    })
    return idempotency && refused?.key ? readRepeated(refused.key.item, idempotency) : undefined
  },

  /** Stores the cursor; undefined: all docks are done. Nothing is written if another run was faster. */
  advance: async ({ collectionId, id, rev }: Start, cursor: string | undefined): Promise<void> => {
    const over = { isDone: true, cursor: undefined, dueKind: undefined, checkAt: undefined }
    await unlessRefused(
      table.client.send(
        new UpdateCommand({
          TableName: table.name,
          Key: collectionKeys.start(collectionId, id),
          ...updateOf({
            set: cursor === undefined ? over : { cursor },
            add: { rev: 1 },
            values: { ':rev': rev },
          }),
          ConditionExpression: '#rev = :rev',
        }),
      ),
    )
  },
})
export type StartStore = ReturnType<typeof startStore>
