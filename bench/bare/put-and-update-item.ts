import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { client, where } from './table.ts'

export const handler = async ({ calls }: { calls: string[] }): Promise<void> => {
  const { TableName, Key } = where
  const put = new PutCommand({ TableName, Item: { ...Key, written: 1 } })
  const update = new UpdateCommand({
    ...where,
    UpdateExpression: 'SET written = :at',
    ExpressionAttributeValues: { ':at': 1 },
  })
  for (const call of calls) await (call === 'PutItem' ? client.send(put) : client.send(update))
}
