import { DeleteCommand, GetCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { expiry, type Table } from '../table/client.ts'
import { idempotencyKey } from '../table/keys.ts'

/**
 * The `Idempotency-Key` of a POST, kept for 24 hours with what it made, in the transaction that makes it: the
 * same key with the same request answers with the same record, with another request it is an error.
 */

/** `requestHash` covers method, path and body. */
export type Idempotency = { callerId: string; key: string; requestHash: string }

/** What the key stands for already. */
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
    // The time to live deletes late, up to some days: what has expired counts as gone.
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
   * What a key stands for, before anything is checked or made: a repeat is answered even if the request would
   * fail now.
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

  /** Forgets a key whose request could not be carried out, so that the caller may try again with it. */
  forget: async (idempotency: Idempotency | undefined): Promise<void> => {
    if (!idempotency) return
    const Key = idempotencyKey(idempotency.callerId, idempotency.key)
    await table.client.send(new DeleteCommand({ TableName: table.name, Key }))
  },
})
