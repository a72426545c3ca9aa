import { GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb'
import { client, where } from './table.ts'

export const handler = async ({ calls }: { calls: string[] }): Promise<void> => {
  const { TableName, Key } = where
  const get = new GetCommand({ ...where, ConsistentRead: true })
  const query = new QueryCommand({
    TableName,
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': Key.pk },
  })
  for (const call of calls) await (call === 'GetItem' ? client.send(get) : client.send(query))
}
