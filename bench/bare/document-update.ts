import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { client } from './table.ts'

/** The same through the document client, returning the item, which our function needs. */
export const handler = async ({ Records }: { Records: { body: string }[] }): Promise<void> => {
  await Promise.all(
    Records.map(async ({ body }) => {
      const { payload, source } = JSON.parse(body)
      const { data } = JSON.parse(Buffer.from(payload, 'base64').toString())
      await client.send(
        new UpdateCommand({
          TableName: process.env.TABLE_NAME,
          Key: { pk: `DOCK#${source}`, sk: 'document' },
          UpdateExpression: 'SET #data = :data',
          ExpressionAttributeNames: { '#data': 'data' },
          ExpressionAttributeValues: { ':data': data },
          ReturnValues: 'ALL_NEW',
        }),
      )
    }),
  )
}
