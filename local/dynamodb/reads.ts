/**
 * Reads. dynalite computes their consumption; partitions are charged afterwards, since it is not known
 * before.
 */
import * as z from 'zod'
import { act, checked, type Data, type Result } from './dynalite-actions.ts'
import type { Demand } from './partitions.ts'
import type { Call } from './requests.ts'
import { Item, keyNames, type Table } from './tables.ts'
import { itemDemands, rangeDemands } from './throttling.ts'

/** The smallest consumption of a read. */
const least = 0.5

const Consumed = z.looseObject({ ConsumedCapacity: z.object({ CapacityUnits: z.number() }) })

type Reading = {
  action: string
  data: Data
  view: Parameters<typeof act>[1]
  table: Table
  demands: (units: number) => Demand[]
}

/** Reads one item or a range. */
export const read = async (call: Call, reading: Reading): Promise<Result> => {
  const { throttle, meter, operation } = call
  const { action, data, view, table, demands } = reading
  const refusal = throttle.refusal(demands(least))
  if (refusal) throw refusal
  const { ConsumedCapacity, ...result } = Consumed.parse(
    await act(action, view, { ...data, ReturnConsumedCapacity: 'TOTAL' }),
  )
  const units = ConsumedCapacity.CapacityUnits
  throttle.take(demands(units))
  meter({ operation, tableName: table.TableName, kind: 'read', units })
  return result
}

const One = z.looseObject({ TableName: z.string(), Key: Item, ConsistentRead: z.boolean().optional() })

/** Reads one item: consistently, or as it was a moment ago. */
export const getItem = async (call: Call): Promise<Result> => {
  const data = checked('GetItem', call.input, call.storage.newest)
  const { TableName, Key, ConsistentRead = false } = One.parse(data)
  const table = call.storage.table(TableName)
  const view = ConsistentRead ? call.storage.newest : call.storage.view(() => false)
  const demands = (units: number) => itemDemands('read', table, Key, units)
  return read(call, { action: 'GetItem', data, view, table, demands })
}

const Range = z.looseObject({
  TableName: z.string(),
  IndexName: z.string().optional(),
  ConsistentRead: z.boolean().optional(),
  KeyConditions: z.record(z.string(), z.object({ AttributeValueList: z.array(z.unknown()) })).optional(),
})

/** Query and Scan. */
export const readRange = async (call: Call): Promise<Result> => {
  const { operation, storage } = call
  const data = checked(operation, call.input, storage.newest)
  const { TableName, IndexName, ConsistentRead = false, KeyConditions = {} } = Range.parse(data)
  const table = storage.table(TableName)
  const index = table.GlobalSecondaryIndexes.find((one) => one.IndexName === IndexName)
  const [hash = ''] = keyNames(index ?? table)
  const [value] = KeyConditions[hash]?.AttributeValueList ?? []
  const partitionKey = value === undefined ? undefined : JSON.stringify(value)
  const demands = (units: number) => rangeDemands(table, index, partitionKey, units)
  const view = storage.view(() => ConsistentRead)
  return read(call, { action: operation, data, view, table, demands })
}
