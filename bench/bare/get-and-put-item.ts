import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import { client, where } from './table.ts'

export const handler = async ({ calls }: { calls: string[] }): Promise<void> => {
  const { TableName, Key } = where
  const get = new GetCommand({ ...where, ConsistentRead: true })
  const put = new PutCommand({ TableName, Item: { ...Key, written: 1 } })
  for (const call of calls) await (call === 'PutItem' ? client.send(put) : client.send(get))
}
