/**
 * Writes of single items: dynalite's, with what it lacks: `ReturnValuesOnConditionCheckFailure`, rates, and
 * capacity by bytes and indexes.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
 */
import * as z from 'zod'
import { failedUnits, totalUnits, writeUnits } from './capacity.ts'
import type { Change } from './changes.ts'
import { checked, type Data, type Result } from './dynalite-actions.ts'
import { DynamoDbError } from './errors.ts'
import type { Call } from './requests.ts'
import type { PreparedFailure } from './storage.ts'
import { Item, keyOf, keyText, type Table } from './tables.ts'
import { itemDemands, writeDemands } from './throttling.ts'

/** The operations that write one item. */
export const singleWrites = ['PutItem', 'UpdateItem', 'DeleteItem']

const Write = z.looseObject({
  TableName: z.string(),
  Key: Item.optional(),
  Item: Item.optional(),
  ReturnValuesOnConditionCheckFailure: z.string().optional(),
})

export const isConditionFailure = (error: DynamoDbError): boolean =>
  error.code === 'ConditionalCheckFailedException'

export const isThrottled = (error: unknown): error is DynamoDbError =>
  error instanceof DynamoDbError && error.code === 'ThrottlingException'

/** A checked write of one item. */
export type One = { operation: string; data: Data; table: Table; key: Item }

/** The error of a refused write. A failed condition consumes capacity too, and may return the item. */
const refused = (
  { meter, throttle }: Call,
  { operation, table, key }: One,
  { error, before }: PreparedFailure,
  showsItem: boolean,
): DynamoDbError => {
  if (!isConditionFailure(error)) return error
  const { table: units } = failedUnits(before)
  throttle.take(itemDemands('write', table, key, units))
  meter({ operation, tableName: table.TableName, kind: 'write', units })
  if (!showsItem || !before) return error
  return new DynamoDbError(error.code, error.message, {
    namespace: error.namespace,
    fields: { Item: before },
  })
}

/** Commits a prepared write, if the rates allow it. The caller holds the item. */
export const commit = async (call: Call, table: Table, changes: readonly Change[]): Promise<void> => {
  const demands = writeDemands(changes)
  const refusal = call.throttle.refusal(demands)
  if (refusal) throw refusal
  call.throttle.take(demands)
  await call.storage.commit([changes], call.written)
  const units = writeUnits(changes)
  const { operation, meter } = call
  const indexUnits = totalUnits(units) - units.table
  meter({ operation, tableName: table.TableName, kind: 'write', units: units.table, indexUnits })
}

/** Writes one item. */
export const writeItem = async (call: Call): Promise<Result> => {
  const { operation, storage, throttle } = call
  const write = Write.parse(call.input)
  const data = checked(operation, write, storage.newest)
  const table = storage.table(write.TableName)
  const key = write.Key ?? keyOf(table, write.Item ?? {})
  return storage.hold([keyText(table, key)], async () => {
    // A throttled write does not evaluate its condition.
    const refusal = throttle.refusal(itemDemands('write', table, key, 1))
    if (refusal) throw refusal
    const prepared = await storage.prepare(operation, data, table, key)
    if (prepared.error) {
      const showsItem = write.ReturnValuesOnConditionCheckFailure === 'ALL_OLD'
      throw refused(call, { operation, data, table, key }, prepared, showsItem)
    }
    await commit(call, table, prepared.changes)
    return prepared.result
  })
}
