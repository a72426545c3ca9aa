import { PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { expiry, type Table } from './dynamodb.ts'
import { historyKey, historyPrefix } from './keys.ts'

/** Who did what to an upload, and when: a row each, so that the upload's own items need not grow. */

const Entry = z.object({ at: z.number(), by: z.string(), action: z.string() })
export type HistoryEntry = z.infer<typeof Entry>

/** The same action of the same person in the same millisecond is one entry. */
export const historyItem = (dockSn: string, uploadId: string, entry: HistoryEntry) => ({
  ...historyKey(dockSn, uploadId, entry.at, `${entry.action}#${entry.by}`),
  ...entry,
})

export const historyStore = (table: Table) => ({
  add: async (dockSn: string, uploadId: string, entry: HistoryEntry): Promise<void> => {
    await table.client.send(
      new PutCommand({
        TableName: table.name,
        Item: {
          ...historyItem(dockSn, uploadId, entry),
          expiresAt: expiry(entry.at, table.retention.uploads),
        },
      }),
    )
  },

  /** Oldest first; the newest hundred. */
  of: async (dockSn: string, uploadId: string): Promise<HistoryEntry[]> => {
    const { pk } = historyKey(dockSn, uploadId, 0, '')
    const { Items = [] } = await table.client.send(
      new QueryCommand({
        TableName: table.name,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :of)',
        ExpressionAttributeValues: { ':pk': pk, ':of': historyPrefix(uploadId) },
        ScanIndexForward: false,
        // Who has just done something sees it in the record.
        ConsistentRead: true,
        Limit: 100,
      }),
    )
    return Items.map((item) => Entry.parse(item)).reverse()
  },
})
