/**
 * Writes of single items: dynalite's, and what it lacks: `ReturnValuesOnConditionCheckFailure` and capacity by bytes and indexes.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
 */
import * as z from 'zod'
import { consumedCapacity, failedUnits, type WriteUnits, writeUnits } from './capacity.ts'
import { type Engine, type RawAnswer, throwFault } from './engine.ts'
import { DynamoDbError } from './errors.ts'
import type { KeyLock, Rooms } from './locks.ts'
import type { Ongoing } from './ongoing.ts'
import { Item, keyOf, type Table } from './tables.ts'

/** What one operation consumed of a table, in capacity units. */
export type Usage = { operation: string; tableName: string; kind: 'read' | 'write'; units: number }

/** What the parts of the front share. `meter`, if set, is told of every consumption, failed conditions included. */
export type Store = {
  engine: Engine
  /** Of items, by `keyText`. Whoever writes or reads one item holds its lock, and a transaction those of all its items. */
  keys: KeyLock
  /** Items in a transaction, by `keyText`, from when it is asked for until it is answered. */
  ongoing: Ongoing
  /** Throws ResourceNotFoundException. */
  table(name: string): Table
  meter?: (usage: Usage) => void
}

/** Reads of more than one item must not see the half of a transaction, so the two keep out of each other's way. */
export type TableRooms = Rooms<'ranges' | 'transactions' | 'end'>

/** A request as it came and as it reads. */
export type ReceivedRequest = { text: string; input: unknown }

/** The operations that write one item. */
export const singleWrites = ['PutItem', 'UpdateItem', 'DeleteItem']

const Write = z.looseObject({
  TableName: z.string(),
  Key: Item.optional(),
  Item: Item.optional(),
  ReturnValues: z.string().default('NONE'),
  ReturnConsumedCapacity: z.string().optional(),
  ReturnValuesOnConditionCheckFailure: z.string().optional(),
})
type Write = z.infer<typeof Write>

const Found = z.object({ Item: Item.optional() })
/** The item that an answer shows if `ReturnValues` asks for it. */
export const Shown = z.object({ Attributes: Item.optional() })

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

/** A write's answer, and its item before and after. */
type Seen = { body: Record<string, unknown>; before: Item | undefined; after: Item | undefined }

/**
 * Runs a write and sees what it did, with as few calls as that takes: where the caller wants nothing returned the answer shows the one
 * image that is not known anyway. The caller holds the item's lock.
 */
const writeSeen = async (engine: Engine, operation: string, key: Item, write: Write): Promise<Seen> => {
  const { TableName, ReturnValues: asked } = write
  const isUpdate = operation === 'UpdateItem'
  const showing = isUpdate ? 'ALL_NEW' : 'ALL_OLD'
  const before = isUpdate ? await readItem(engine, TableName, key) : undefined
  const ReturnValues = asked === 'NONE' ? showing : asked
  const body = await engine.call(operation, { ...write, ReturnValues })
  const shown =
    ReturnValues === showing ? Shown.parse(body).Attributes : await readItem(engine, TableName, key)
  if (asked === 'NONE') delete body.Attributes
  return isUpdate ? { body, before, after: shown } : { body, before: shown, after: write.Item }
}

/**
 * Writes one item. What it did is looked at only where the meter or the answer needs that. The item's lock makes what a failed condition
 * returns the item that failed it.
 */
export const writeItem = async (
  store: Store,
  operation: string,
  { text, input }: ReceivedRequest,
): Promise<RawAnswer> => {
  const write = Write.parse(input)
  const table = store.table(write.TableName)
  const key = write.Key ?? keyOf(table, write.Item ?? {})
  const name = keyText(table, key)
  const mode = write.ReturnConsumedCapacity
  const measured = store.meter !== undefined || mode === 'TOTAL' || mode === 'INDEXES'
  const wantsItem = write.ReturnValuesOnConditionCheckFailure === 'ALL_OLD'
  const meter = (units: WriteUnits): void =>
    store.meter?.({ operation, tableName: table.TableName, kind: 'write', units: units.table })

  store.ongoing.refuseWrite(name)
  return store.keys.hold([name], async () => {
    try {
      if (!measured) return throwFault(await store.engine.send(operation, text))
      const { body, before, after } = await writeSeen(store.engine, operation, key, write)
      const units = writeUnits(table, before, after)
      meter(units)
      return respond({ ...body, ConsumedCapacity: consumedCapacity(mode, table, units) })
    } catch (error) {
      if (!isConditionFailure(error) || (!measured && !wantsItem)) throw error
      const found = await readItem(store.engine, table.TableName, key)
      meter(failedUnits(found))
      throw wantsItem ? withItem(error, found) : error
    }
  })
}

const Batch = z.looseObject({
  RequestItems: z.record(
    z.string(),
    z.array(
      z.object({
        PutRequest: z.object({ Item }).optional(),
        DeleteRequest: z.object({ Key: Item }).optional(),
      }),
    ),
  ),
})

type BatchRequest = z.infer<typeof Batch>['RequestItems'][string][number]

/** Tables without a request have no entry, as DynamoDB wants it. */
const someOf = (
  items: z.infer<typeof Batch>['RequestItems'],
  isWanted: (tableName: string, request: BatchRequest) => boolean,
): z.infer<typeof Batch>['RequestItems'] =>
  Object.fromEntries(
    Object.entries(items).flatMap(([name, requests]) => {
      const wanted = requests.filter((request) => isWanted(name, request))
      return wanted.length > 0 ? [[name, wanted]] : []
    }),
  )

/**
 * BatchWriteItem. Items in a transaction are left for the caller to try again, since a batch tolerates that some of its writes fail.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html#Programming.Errors.BatchOperations
 */
export const writeBatch = async (store: Store, { input }: ReceivedRequest): Promise<RawAnswer> => {
  const request = Batch.parse(input)
  const keyIn = (name: string, { PutRequest, DeleteRequest }: BatchRequest): string =>
    keyText(store.table(name), DeleteRequest?.Key ?? PutRequest?.Item ?? {})
  const isHeld = (name: string, one: BatchRequest): boolean => store.ongoing.isHeld(keyIn(name, one))
  const UnprocessedItems = someOf(request.RequestItems, isHeld)
  const RequestItems = someOf(request.RequestItems, (name, one) => !isHeld(name, one))
  if (Object.keys(RequestItems).length === 0) return respond({ UnprocessedItems })
  const keys = Object.entries(RequestItems).flatMap(([name, all]) => all.map((one) => keyIn(name, one)))
  const body = await store.keys.hold(keys, () =>
    store.engine.call('BatchWriteItem', { ...request, RequestItems }),
  )
  return respond({ ...body, UnprocessedItems })
}
