import { GetCommand } from '@aws-sdk/lib-dynamodb'
import { client, where } from './table.ts'

export const handler = async ({ calls }: { calls: string[] }): Promise<void> => {
  for (const _ of calls) await client.send(new GetCommand({ ...where, ConsistentRead: true }))
}
