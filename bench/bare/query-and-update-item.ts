import { QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { client, where } from './table.ts'

export const handler = async ({ calls }: { calls: string[] }): Promise<void> => {
  const { TableName, Key } = where
  const query = new QueryCommand({
    TableName,
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': Key.pk },
  })
  const update = new UpdateCommand({
    ...where,
    UpdateExpression: 'SET written = :at',
    ExpressionAttributeValues: { ':at': 1 },
  })
  for (const call of calls) await (call === 'Query' ? client.send(query) : client.send(update))
}
