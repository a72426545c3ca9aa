import { QueryCommand } from '@aws-sdk/lib-dynamodb'
import { client, where } from './table.ts'

export const handler = async ({ calls }: { calls: string[] }): Promise<void> => {
  const query = new QueryCommand({
    TableName: where.TableName,
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': where.Key.pk },
  })
  for (const _ of calls) await client.send(query)
}
