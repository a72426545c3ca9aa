/** Batches: each write or read is independent, and the throttled ones are left for the caller to retry. */
import * as z from 'zod'
import { type Entry, entriesOf, requestItems, WriteBatch } from './batch-requests.ts'
import { itemSize } from './capacity.ts'
import type { Change } from './changes.ts'
import { checked, type Result } from './dynalite-actions.ts'
import { type DynamoDbError, invalid } from './errors.ts'
import { read } from './reads.ts'
import type { Call } from './requests.ts'
import { Item, keyText } from './tables.ts'
import { itemDemands } from './throttling.ts'
import { commit, isThrottled } from './writes.ts'

/** Prepares each write. The caller holds the items. @throws DynamoDbError for the first invalid one. */
const prepareAll = (call: Call, entries: readonly Entry[]): Promise<(Entry & { changes: Change[] })[]> =>
  Promise.all(
    entries.map(async (entry) => {
      const { table, key, request } = entry
      const data = { TableName: table.TableName, ...(request.PutRequest ?? request.DeleteRequest) }
      const operation = request.PutRequest ? 'PutItem' : 'DeleteItem'
      const prepared = await call.storage.prepare(operation, data, table, key)
      if (prepared.error) throw prepared.error
      return { ...entry, changes: prepared.changes }
    }),
  )

/**
 * Does each write that the rates allow. If they allow none, the whole request is refused.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
 */
export const writeBatch = async (call: Call): Promise<Result> => {
  const { RequestItems } = WriteBatch.parse(call.input)
  checked('BatchWriteItem', call.input, call.storage.newest)
  const entries = entriesOf(RequestItems, call.storage.table)
  const keys = entries.map(({ table, key }) => keyText(table, key))
  if (new Set(keys).size < keys.length) throw invalid('Provided list of item keys contains duplicates')
  return call.storage.hold(keys, async () => {
    const left: Entry[] = []
    let refusal: DynamoDbError | undefined
    for (const entry of await prepareAll(call, entries))
      try {
        await commit(call, entry.table, entry.changes)
      } catch (error) {
        if (!isThrottled(error)) throw error
        refusal = error
        left.push(entry)
      }
    if (refusal && left.length === entries.length) throw refusal
    return { UnprocessedItems: requestItems(left) }
  })
}

const ReadRequest = z.looseObject({ Keys: z.array(Item), ConsistentRead: z.boolean().optional() })
const ReadBatch = z.looseObject({ RequestItems: z.record(z.string(), ReadRequest) })
const Found = z.looseObject({ Item: Item.optional() })

/** The size limit of a BatchGetItem response. */
const mostBytes = 16 * 1024 * 1024

type Answer = { key: Item; item: Item | undefined } | { key: Item; refusal: DynamoDbError }

/** Reads the keys of one table, in any order. */
const readKeys = (
  call: Call,
  tableName: string,
  { Keys, ...options }: z.infer<typeof ReadRequest>,
): Promise<Answer[]> => {
  const table = call.storage.table(tableName)
  const view = call.storage.view(() => options.ConsistentRead ?? false)
  return Promise.all(
    Keys.toSorted(() => Math.random() - 0.5).map(async (key): Promise<Answer> => {
      const data = { ...options, TableName: tableName, Key: key }
      const demands = (units: number) => itemDemands('read', table, key, units)
      try {
        const result = await read(call, { action: 'GetItem', data, view, table, demands })
        return { key, item: Found.parse(result).Item }
      } catch (error) {
        if (isThrottled(error)) return { key, refusal: error }
        throw error
      }
    }),
  )
}

/**
 * The remaining keys, with the options of the request; names that begin with `_` were added by the checks.
 */
const unprocessed = (request: object, keys: readonly Item[]): object => ({
  ...Object.fromEntries(Object.entries(request).filter(([name]) => !name.startsWith('_'))),
  Keys: keys,
})

/**
 * Reads each key that the rates allow and the response has room for. If they allow none, the whole request is
 * refused.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
 */
export const readBatch = async (call: Call): Promise<Result> => {
  const { RequestItems } = ReadBatch.parse(checked('BatchGetItem', call.input, call.storage.newest))
  const Responses: Record<string, Item[]> = {}
  const UnprocessedKeys: Record<string, object> = {}
  let room = mostBytes
  let refusal: DynamoDbError | undefined
  let isAnyRead = false
  for (const [tableName, request] of Object.entries(RequestItems)) {
    const answers = await readKeys(call, tableName, request)
    const left: Item[] = []
    const found: Item[] = []
    for (const answer of answers) {
      if ('refusal' in answer) refusal = answer.refusal
      else isAnyRead = true
      const size = 'refusal' in answer || !answer.item ? 0 : itemSize(answer.item)
      if ('refusal' in answer || size > room) left.push(answer.key)
      else if (answer.item) found.push(answer.item)
      room -= size > room ? 0 : size
    }
    Responses[tableName] = found
    if (left.length > 0) UnprocessedKeys[tableName] = unprocessed(request, left)
  }
  if (refusal && !isAnyRead) throw refusal
  return { Responses, UnprocessedKeys }
}
