/**
 * Writes of single items: dynalite's, and what it lacks: `ReturnValuesOnConditionCheckFailure` and capacity by bytes and indexes.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
 */
import * as z from 'zod'
import { consumedCapacity, failedUnits, type WriteUnits, writeUnits } from './capacity.ts'
import { type Engine, type RawAnswer, readAnswer } from './engine.ts'
import { DynamoDbError } from './errors.ts'
import type { KeyLock } from './locks.ts'
import { Item, keyOf, type Table } from './tables.ts'

/** What one operation consumed of a table, in capacity units. */
export type Usage = { operation: string; tableName: string; kind: 'read' | 'write'; units: number }

/** What the parts of the front share. `meter`, if set, is told of every consumption, failed conditions included. */
export type Store = {
  engine: Engine
  lockKey: KeyLock
  /** Throws ResourceNotFoundException. */
  table(name: string): Table
  meter?: (usage: Usage) => void
}

/** A request as it came and as it reads. */
export type ReceivedRequest = { text: string; input: unknown }

/** The operations that write one item. */
export const singleWrites = ['PutItem', 'UpdateItem', 'DeleteItem']

const Write = z.object({
  TableName: z.string(),
  Key: Item.optional(),
  Item: Item.optional(),
  ReturnConsumedCapacity: z.string().optional(),
  ReturnValuesOnConditionCheckFailure: z.string().optional(),
})
const Found = z.object({ Item: Item.optional() })

/** The item under a key as it is now. */
export const readItem = async (engine: Engine, tableName: string, key: Item): Promise<Item | undefined> =>
  Found.parse(await engine.call('GetItem', { TableName: tableName, Key: key, ConsistentRead: true })).Item

/** Text that tells items apart, whatever the order of their key's attributes. */
export const keyText = (table: Table, key: Item): string =>
  JSON.stringify([table.TableName, ...Object.values(keyOf(table, key))])

const isConditionFailure = (error: unknown): error is DynamoDbError =>
  error instanceof DynamoDbError && error.code === 'ConditionalCheckFailedException'

const withItem = (error: DynamoDbError, item: Item | undefined): DynamoDbError =>
  item
    ? new DynamoDbError(error.code, error.message, { namespace: error.namespace, fields: { Item: item } })
    : error

const respond = (body: object): RawAnswer => ({ status: 200, text: JSON.stringify(body) })

/**
 * Writes one item. Reads it before and after only where the answer or the meter needs that. The item's lock makes what a failed
 * condition returns the item that failed it.
 */
export const writeItem = (
  store: Store,
  operation: string,
  { text, input }: ReceivedRequest,
): Promise<RawAnswer> => {
  const write = Write.parse(input)
  const table = store.table(write.TableName)
  const key = write.Key ?? keyOf(table, write.Item ?? {})
  const mode = write.ReturnConsumedCapacity
  const measured = store.meter !== undefined || mode === 'TOTAL' || mode === 'INDEXES'
  const wantsItem = write.ReturnValuesOnConditionCheckFailure === 'ALL_OLD'
  const meter = (units: WriteUnits): void =>
    store.meter?.({ operation, tableName: table.TableName, kind: 'write', units: units.table })

  return store.lockKey(keyText(table, key), async () => {
    if (!measured && !wantsItem) return store.engine.send(operation, text)
    // A request with a bad key fails here already, with the same error.
    const before = await readItem(store.engine, table.TableName, key)
    try {
      const body = readAnswer(await store.engine.send(operation, text))
      if (!measured) return respond(body)
      const units = writeUnits(table, before, await readItem(store.engine, table.TableName, key))
      meter(units)
      return respond({ ...body, ConsumedCapacity: consumedCapacity(mode, table, units) })
    } catch (error) {
      if (!isConditionFailure(error)) throw error
      meter(failedUnits(before))
      throw wantsItem ? withItem(error, before) : error
    }
  })
}
