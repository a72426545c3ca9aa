import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb'

/** The least that a function could do with a report: parse it and write it. What `record-progress` is measured against. */

const client = DynamoDBDocumentClient.from(new DynamoDBClient({}))

export const handler = async ({ Records }: { Records: { body: string }[] }) => {
  for (const { body } of Records) {
    const { payload, source } = JSON.parse(body)
    const report = JSON.parse(Buffer.from(payload, 'base64').toString())
    await client.send(
      new UpdateCommand({
        TableName: process.env.TABLE_NAME,
        Key: { pk: `DOCK#${source}`, sk: 'bare' },
        UpdateExpression: 'SET #data = :data',
        ExpressionAttributeNames: { '#data': 'data' },
        ExpressionAttributeValues: { ':data': report.data },
        ReturnValues: 'ALL_NEW',
      }),
    )
  }
  return { batchItemFailures: [] }
}
