/** The entries of a BatchWriteItem request. */
import * as z from 'zod'
import { Item, keyOf, type Table } from './tables.ts'

const WriteRequest = z.object({
  PutRequest: z.object({ Item }).optional(),
  DeleteRequest: z.object({ Key: Item }).optional(),
})
type WriteRequest = z.infer<typeof WriteRequest>

export const WriteBatch = z.looseObject({ RequestItems: z.record(z.string(), z.array(WriteRequest)) })
type RequestItems = z.infer<typeof WriteBatch>['RequestItems']

/** One entry of a batch, and the key of its item. */
export type Entry = { table: Table; key: Item; request: WriteRequest }

export const entriesOf = (items: RequestItems, tableOf: (name: string) => Table): Entry[] =>
  Object.entries(items).flatMap(([name, requests]) =>
    requests.map((request) => {
      const table = tableOf(name)
      const { PutRequest, DeleteRequest } = request
      return { table, request, key: DeleteRequest?.Key ?? keyOf(table, PutRequest?.Item ?? {}) }
    }),
  )

/** The entries in the format of a request; tables without an entry are left out. */
export const requestItems = (entries: readonly Entry[]): RequestItems => {
  const items: RequestItems = {}
  for (const { table, request } of entries)
    items[table.TableName] = [...(items[table.TableName] ?? []), request]
  return items
}
