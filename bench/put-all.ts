import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb'
import type { Table } from '../lambdas/table/client.ts'
import { eachOf } from './each-of.ts'

/** Fills a table with the most items per request, 25. */
export const putAll = async (
  { client, name }: Table,
  items: readonly Record<string, unknown>[],
): Promise<void> => {
  const batches = Array.from({ length: Math.ceil(items.length / 25) }, (_, n) =>
    items.slice(n * 25, (n + 1) * 25).map((Item) => ({ PutRequest: { Item } })),
  )
  await eachOf(batches, 8, async (puts) => {
    for (let left = puts; left.length > 0; ) {
      const { UnprocessedItems } = await client.send(
        new BatchWriteCommand({ RequestItems: { [name]: left } }),
      )
      left = (UnprocessedItems?.[name] ?? []) as typeof puts
    }
  })
}
