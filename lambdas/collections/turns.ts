import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { isRefused, type Table, unlessRefused } from '../table/client.ts'
import { collectionKeys } from '../table/keys.ts'
import { dueKeys } from '../table/pages.ts'
import { type RunAddress, runAddressOf, turnDueKind } from './run-store.ts'
import { collectionDueKind } from './store.ts'

/**
 * Turns of a collection, which limit how many of its runs are in progress at once. pk `COLLECTION#{id}`, sk
 * `TURNS`: the runs that hold one and, while others wait, when the sweep checks them. `checkAt` is epoch ms.
 */

const Turns = z.object({
  runs: z.optional(z.set(z.string())),
  waitedAt: z.optional(z.number()),
})

/** Ms between the sweep's checks for a free turn, while runs wait. */
const checkEveryMs = 60_000
/** The index of waiting runs lags: it counts as empty only when it has been so for this long, in ms. */
const emptyAfterMs = 5 * 60_000

export const turnStore = (table: Table) => {
  const key = (collectionId: string) => ({ TableName: table.name, Key: collectionKeys.turns(collectionId) })
  const read = async (collectionId: string) => {
    const { Item } = await table.client.send(new GetCommand({ ...key(collectionId), ConsistentRead: true }))
    return Turns.parse(Item ?? {})
  }
  return {
    /** The runs that hold a turn. */
    holders: async (collectionId: string): Promise<ReadonlySet<string>> =>
      (await read(collectionId)).runs ?? new Set(),

    /** False: all turns are taken. A run that holds one keeps it. */
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

    /** Idempotent. */
    giveBack: async ({ collectionId, runId }: RunAddress): Promise<void> => {
      await table.client.send(
        new UpdateCommand({
          ...key(collectionId),
          UpdateExpression: 'DELETE runs :one',
          ExpressionAttributeValues: { ':one': new Set([runId]) },
        }),
      )
    },

    /**
     * Marks that a run is about to wait. Written before the run, so that the sweep finds a run whose writer
     * was interrupted.
     */
    mark: async (collectionId: string, now: number): Promise<void> => {
      await table.client.send(
        new UpdateCommand({
          ...key(collectionId),
          UpdateExpression: 'SET waitedAt = :now, dueKind = :due, checkAt = :next',
          ExpressionAttributeValues: { ':now': now, ':due': collectionDueKind, ':next': now + checkEveryMs },
        }),
      )
    },

    /** The waiting runs in their order, from an index that lags. */
    waiting: async function* (collectionId: string): AsyncGenerator<RunAddress> {
      for await (const key of dueKeys(table, turnDueKind(collectionId), Number.MAX_SAFE_INTEGER)) {
        const address = runAddressOf(key)
        if (address) yield address
      }
    },

    /** Sets the sweep's next check to a minute from now, as long as runs wait. */
    checked: async (collectionId: string, isEmpty: boolean, now: number): Promise<void> => {
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
              ...(isOver ? {} : { ':next': now + checkEveryMs }),
            },
          }),
        ),
      )
    },
  }
}
export type TurnStore = ReturnType<typeof turnStore>
