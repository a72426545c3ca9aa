/**
 * Time to live: the sweep that deletes expired items.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html: the attribute is a
 * number of epoch seconds, and values more than five years in the past are ignored. AWS deletes within days,
 * so readers must not rely on it here either.
 */
import * as z from 'zod'
import type { Engine } from './engine.ts'
import { DynamoDbError } from './errors.ts'
import { Item, keyOf, keyText, type Table } from './tables.ts'

const Page = z.object({ Items: z.array(Item).default([]), LastEvaluatedKey: Item.optional() })

const fiveYearsInSeconds = 5 * 365 * 86_400

const expiredCondition = '#at <= :now AND #at > :tooOld AND attribute_type(#at, :number)'

/** The names and values of the expiry condition. */
const expiredAt = (attribute: string, nowSeconds: number) => ({
  ExpressionAttributeNames: { '#at': attribute },
  ExpressionAttributeValues: {
    ':now': { N: String(nowSeconds) },
    ':tooOld': { N: String(nowSeconds - fiveYearsInSeconds) },
    ':number': { S: 'N' },
  },
})

export type Sweeping = {
  engine: Engine
  tableOf: (name: string) => Table
  /** Whether an item is in a transaction, and so must not be deleted now. */
  isHeld: (key: string) => boolean
}

/** Deletes an item unless its time was extended meanwhile; true if it was deleted. */
const deleteExpired = async (
  { engine, isHeld }: Sweeping,
  table: Table,
  item: Item,
  expired: object,
): Promise<boolean> => {
  if (isHeld(keyText(table, item))) return false
  try {
    await engine.call('DeleteItem', {
      TableName: table.TableName,
      Key: keyOf(table, item),
      ConditionExpression: expiredCondition,
      ...expired,
    })
    return true
  } catch (error) {
    if (error instanceof DynamoDbError && error.code === 'ConditionalCheckFailedException') return false
    throw error
  }
}

const sweepTable = async (
  use: Sweeping,
  table: Table,
  attribute: string,
  nowSeconds: number,
): Promise<number> => {
  const expired = expiredAt(attribute, nowSeconds)
  let deleted = 0
  let from: Item | undefined
  do {
    const input = {
      TableName: table.TableName,
      FilterExpression: expiredCondition,
      ExclusiveStartKey: from,
      ConsistentRead: true,
    }
    const page = Page.parse(await use.engine.call('Scan', { ...input, ...expired }))
    for (const item of page.Items) if (await deleteExpired(use, table, item, expired)) deleted += 1
    from = page.LastEvaluatedKey
  } while (from)
  return deleted
}

/**
 * Starts from the tables' specifications; later changes last until the next start. `now` is in epoch
 * milliseconds.
 */
export const createTimeToLive = (use: Sweeping, tables: readonly Table[], now: () => number) => {
  const attributes = new Map<string, string>()
  for (const { TableName, TimeToLiveSpecification: ttl } of tables)
    if (ttl?.Enabled && ttl.AttributeName !== undefined) attributes.set(TableName, ttl.AttributeName)
  return {
    /** Deletes expired items and returns their number. Safe to repeat. */
    sweep: async (): Promise<number> => {
      let deleted = 0
      for (const [name, attribute] of attributes)
        deleted += await sweepTable(use, use.tableOf(name), attribute, Math.floor(now() / 1000))
      return deleted
    },
  }
}
