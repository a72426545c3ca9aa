import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { isRefused, type Table, unlessRefused } from '../table/client.ts'
import { collectionKeys } from '../table/keys.ts'
import { dueKeys } from '../table/pages.ts'
import { type RunAddress, runAddressOf, turnDueKind } from './run-store.ts'
import { collectionDueKind } from './store.ts'

/**
 * Turns of a collection: at most so many of its runs are at work at once. pk `COLLECTION#{id}`, sk `TURNS`: the
 * runs that have one, and, as long as others wait, when the clock looks after them. `checkAt` is epoch ms.
 */

const Turns = z.object({
  runs: z.optional(z.set(z.string())),
  waitedAt: z.optional(z.number()),
})

/** While runs wait, the clock sees whether a turn is free. */
const lookedAfterMs = 60_000
/** The index of those who wait lags: when it seems empty, it must have been so for a while. */
const emptyAfterMs = 5 * 60_000

export const turnStore = (table: Table) => {
  const key = (collectionId: string) => ({ TableName: table.name, Key: collectionKeys.turns(collectionId) })
  const read = async (collectionId: string) => {
    const { Item } = await table.client.send(new GetCommand({ ...key(collectionId), ConsistentRead: true }))
    return Turns.parse(Item ?? {})
  }
  return {
    /** The runs that have a turn. */
    holders: async (collectionId: string): Promise<ReadonlySet<string>> =>
      (await read(collectionId)).runs ?? new Set(),

    /** False: all turns are taken. Who has one has it still. */
    take: async ({ collectionId, runId }: RunAddress, atOnce: number): Promise<boolean> => {
      const outcome = await unlessRefused(
        table.client.send(
          new UpdateCommand({
            ...key(collectionId),
            UpdateExpression: 'ADD runs :one',
            ConditionExpression: 'attribute_not_exists(runs) OR size(runs) < :atOnce OR contains(runs, :run)',
            ExpressionAttributeValues: { ':one': new Set([runId]), ':run': runId, ':atOnce': atOnce },
          }),
        ),
      )
      return !isRefused(outcome)
    },

    /** Safe to repeat. */
    giveBack: async ({ collectionId, runId }: RunAddress): Promise<void> => {
      await table.client.send(
        new UpdateCommand({
          ...key(collectionId),
          UpdateExpression: 'DELETE runs :one',
          ExpressionAttributeValues: { ':one': new Set([runId]) },
        }),
      )
    },

    /** Somebody is about to wait. Written before that: whoever dies in between is found by the clock. */
    mark: async (collectionId: string, now: number): Promise<void> => {
      await table.client.send(
        new UpdateCommand({
          ...key(collectionId),
          UpdateExpression: 'SET waitedAt = :now, dueKind = :due, checkAt = :next',
          ExpressionAttributeValues: { ':now': now, ':due': collectionDueKind, ':next': now + lookedAfterMs },
        }),
      )
    },

    /** Those who wait, in their order; from an index that lags. */
    waiting: async function* (collectionId: string): AsyncGenerator<RunAddress> {
      for await (const key of dueKeys(table, turnDueKind(collectionId), Number.MAX_SAFE_INTEGER)) {
        const address = runAddressOf(key)
        if (address) yield address
      }
    },

    /** The clock has looked: it does again in a minute, as long as somebody waits. */
    looked: async (collectionId: string, isEmpty: boolean, now: number): Promise<void> => {
      const { waitedAt = 0 } = await read(collectionId)
      const isOver = isEmpty && now >= waitedAt + emptyAfterMs
      await unlessRefused(
        table.client.send(
          new UpdateCommand({
            ...key(collectionId),
            UpdateExpression: isOver ? 'REMOVE dueKind, checkAt' : 'SET checkAt = :next',
            ConditionExpression: 'waitedAt = :read',
            ExpressionAttributeValues: {
              ':read': waitedAt,
              ...(isOver ? {} : { ':next': now + lookedAfterMs }),
            },
          }),
        ),
      )
    },
  }
}
export type TurnStore = ReturnType<typeof turnStore>
