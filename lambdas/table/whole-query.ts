import { QueryCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb'
import type { Table } from './client.ts'

type Query = Omit<QueryCommandInput, 'TableName' | 'ExclusiveStartKey'>
type Item = Record<string, unknown>

/** All that a query finds, a page of at most a megabyte at a time; the next is read when it is asked for. */
export async function* pagesOf(table: Table, query: Query): AsyncGenerator<Item[]> {
  let start: Item | undefined
  do {
    const { Items = [], LastEvaluatedKey } = await table.client.send(
      new QueryCommand({
        TableName: table.name,
        ...query,
        ...(start ? { ExclusiveStartKey: start } : {}),
      }),
    )
    yield Items
    start = LastEvaluatedKey
  } while (start)
}

/** The same at once, for what is known to be small. */
export const wholeQuery = async (table: Table, query: Query): Promise<Item[]> => {
  const found: Item[] = []
  for await (const items of pagesOf(table, query)) found.push(...items)
  return found
}
