import { GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb'
import { client, where } from './table.ts'

export const handler = async ({ calls }: { calls: string[] }): Promise<void> => {
  const { TableName, Key } = where
  const get = new GetCommand({ ...where, ConsistentRead: true })
  const put = (n: number) => ({ Put: { TableName, Item: { ...Key, sk: `bare-${n}`, written: 1 } } })
  const together = new TransactWriteCommand({ TransactItems: [put(1), put(2)] })
  for (const call of calls) await (call === 'TransactWriteItems' ? client.send(together) : client.send(get))
}
