import { BatchGetCommand, GetCommand } from '@aws-sdk/lib-dynamodb'
import { client, where } from './table.ts'

export const handler = async ({ calls }: { calls: string[] }): Promise<void> => {
  const { TableName = '', Key } = where
  const get = new GetCommand({ ...where, ConsistentRead: true })
  const batch = new BatchGetCommand({ RequestItems: { [TableName]: { Keys: [Key] } } })
  for (const call of calls) await (call === 'BatchGetItem' ? client.send(batch) : client.send(get))
}
