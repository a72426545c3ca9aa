import { DeleteCommand, GetCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { expiry, type Table } from '../table/client.ts'
import { idempotencyKey } from '../table/keys.ts'

/**
 * The `Idempotency-Key` of a POST. It is written in the transaction that makes the record, and kept for 24
 * hours. The same key with the same request returns the same record; with another request it is an error.
 */

/** `requestHash` covers method, path and body. */
export type Idempotency = { callerId: string; key: string; requestHash: string }

/** What the key was used for before: the same request, or another one. */
export type Repeated = { outcome: 'same'; id: string } | { outcome: 'another' }

const Item = z.object({ requestHash: z.string(), id: z.string(), expiresAt: z.number() })

export const idempotencyItem = (
  table: Table,
  { callerId, key, requestHash }: Idempotency,
  id: string,
  now: number,
) => ({
  Put: {
    TableName: table.name,
    Item: { ...idempotencyKey(callerId, key), requestHash, id, expiresAt: expiry(now, 1) },
    // DynamoDB deletes expired items up to some days late: an expired item counts as deleted.
    ConditionExpression: 'attribute_not_exists(pk) OR expiresAt <= :now',
    ExpressionAttributeValues: { ':now': Math.floor(now / 1000) },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  },
})

export const readRepeated = (item: unknown, { requestHash }: Idempotency): Repeated => {
  const stored = Item.parse(item)
  return stored.requestHash === requestHash ? { outcome: 'same', id: stored.id } : { outcome: 'another' }
}

export const idempotencyStore = (table: Table) => ({
  /**
   * Looks up a key before anything else is checked: a repeat gets its answer even if the request would fail
   * now.
   */
  find: async (idempotency: Idempotency | undefined, now: number): Promise<Repeated | undefined> => {
    if (!idempotency) return undefined
    const Key = idempotencyKey(idempotency.callerId, idempotency.key)
    const { Item: item } = await table.client.send(
      new GetCommand({ TableName: table.name, Key, ConsistentRead: true }),
    )
    const alive = item && Item.parse(item).expiresAt > Math.floor(now / 1000)
    return alive ? readRepeated(item, idempotency) : undefined
  },

  /** Deletes the key of a request that failed, so that the caller may use it again. */
  forget: async (idempotency: Idempotency | undefined): Promise<void> => {
    if (!idempotency) return
    const Key = idempotencyKey(idempotency.callerId, idempotency.key)
    await table.client.send(new DeleteCommand({ TableName: table.name, Key }))
  },
})
