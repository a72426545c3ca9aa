/**
 * Time to live: the two operations, and the sweep that deletes.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html: the attribute is a number of epoch seconds, and
 * values more than five years in the past are ignored. AWS deletes within days, so readers must not rely on it here either.
 */
import * as z from 'zod'
import { DynamoDbError, invalid } from './errors.ts'
import { Item, keyOf, type Table } from './tables.ts'
import { keyText, type Store, type TableRooms } from './writes.ts'

const Describe = z.object({ TableName: z.string() })
const Update = Describe.extend({
  TimeToLiveSpecification: z.object({ AttributeName: z.string(), Enabled: z.boolean() }),
})
const Page = z.object({ Items: z.array(Item).default([]), LastEvaluatedKey: Item.optional() })

const fiveYearsInSeconds = 5 * 365 * 86_400

const expiredCondition = '#at <= :now AND #at > :tooOld AND attribute_type(#at, :number)'

/** The names and values of the condition above. */
const expiredAt = (attribute: string, nowSeconds: number) => ({
  ExpressionAttributeNames: { '#at': attribute },
  ExpressionAttributeValues: {
    ':now': { N: String(nowSeconds) },
    ':tooOld': { N: String(nowSeconds - fiveYearsInSeconds) },
    ':number': { S: 'N' },
  },
})

/** Deletes an item unless it was prolonged meanwhile; true if it was deleted. */
const deleteExpired = (store: Store, table: Table, item: Item, expired: object): Promise<boolean> =>
  store.keys.hold([keyText(table, item)], async () => {
    try {
      await store.engine.call('DeleteItem', {
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
  })

type Sweeping = { store: Store; rooms: TableRooms }

const sweepTable = async (
  { store, rooms }: Sweeping,
  table: Table,
  attribute: string,
  nowSeconds: number,
): Promise<number> => {
  const expired = expiredAt(attribute, nowSeconds)
  let deleted = 0
  let from: Item | undefined
  const sweepPage = async (): Promise<void> => {
    const input = { TableName: table.TableName, FilterExpression: expiredCondition, ExclusiveStartKey: from }
    const page = Page.parse(await store.engine.call('Scan', { ...input, ...expired }))
    for (const item of page.Items) if (await deleteExpired(store, table, item, expired)) deleted += 1
    from = page.LastEvaluatedKey
  }
  // Page by page, so that nobody waits for a whole table.
  do await rooms.enter('ranges', sweepPage)
  while (from)
  return deleted
}

/** Starts from the tables' own specifications; later changes last until the next start. `now` is epoch milliseconds. */
export const createTimeToLive = (use: Sweeping, tables: readonly Table[], now: () => number) => {
  const { store } = use
  const attributes = new Map<string, string>()
  for (const { TableName, TimeToLiveSpecification: ttl } of tables)
    if (ttl?.Enabled && ttl.AttributeName !== undefined) attributes.set(TableName, ttl.AttributeName)
  return {
    describe: (input: unknown): object => {
      const { TableName } = store.table(Describe.parse(input).TableName)
      const AttributeName = attributes.get(TableName)
      const TimeToLiveStatus = AttributeName === undefined ? 'DISABLED' : 'ENABLED'
      return {
        TimeToLiveDescription: { TimeToLiveStatus, ...(AttributeName !== undefined && { AttributeName }) },
      }
    },
    update: (input: unknown): object => {
      const { TableName, TimeToLiveSpecification } = Update.parse(input)
      store.table(TableName)
      const { Enabled, AttributeName } = TimeToLiveSpecification
      if (Enabled === attributes.has(TableName))
        throw invalid(`TimeToLive is already ${Enabled ? 'enabled' : 'disabled'}`)
      if (Enabled) attributes.set(TableName, AttributeName)
      else attributes.delete(TableName)
      return { TimeToLiveSpecification }
    },
    /** Deletes what has expired and says how many items that were. Safe to repeat. */
    sweep: async (): Promise<number> => {
      let deleted = 0
      for (const [name, attribute] of attributes)
        deleted += await sweepTable(use, store.table(name), attribute, Math.floor(now() / 1000))
      return deleted
    },
  }
}
