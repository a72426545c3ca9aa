import { QueryCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb'
import type { Table } from './client.ts'

type Query = Omit<QueryCommandInput, 'TableName' | 'ExclusiveStartKey'>
type Item = Record<string, unknown>

/**
 * Everything a query finds, in pages of at most a megabyte. Each page is read when the caller asks for it.
 */
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

/** The same in one array, for results that are known to be small. */
export const wholeQuery = async (table: Table, query: Query): Promise<Item[]> => {
  const found: Item[] = []
  for await (const items of pagesOf(table, query)) found.push(...items)
  return found
}
