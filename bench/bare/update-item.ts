import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { client, where } from './table.ts'

export const handler = async ({ calls }: { calls: string[] }): Promise<void> => {
  const update = new UpdateCommand({
    ...where,
    UpdateExpression: 'SET written = :at',
    ExpressionAttributeValues: { ':at': 1 },
  })
  for (const _ of calls) await client.send(update)
}
