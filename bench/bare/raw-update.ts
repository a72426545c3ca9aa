import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb'

/** The minimum for a report: `JSON.parse` and a raw call to the table. */

const client = new DynamoDBClient({})

export const handler = async ({ Records }: { Records: { body: string }[] }): Promise<void> => {
  await Promise.all(
    Records.map(async ({ body }) => {
      const { payload, source } = JSON.parse(body)
      const { data } = JSON.parse(Buffer.from(payload, 'base64').toString())
      await client.send(
        new UpdateItemCommand({
          TableName: process.env.TABLE_NAME,
          Key: { pk: { S: `DOCK#${source}` }, sk: { S: 'raw' } },
          UpdateExpression: 'SET progress = :progress',
          ExpressionAttributeValues: {
            ':progress': { S: JSON.stringify(data.output.ext.files[0].progress) },
          },
        }),
      )
    }),
  )
}
