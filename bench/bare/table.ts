import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'

/**
 * The minimal function to compare ours with: the same number of the same SDK calls, without a condition and
 * without reading the answer. Each bundle has only the calls that it makes.
 */
export const client = DynamoDBDocumentClient.from(new DynamoDBClient({}))

/** Any item of the table. */
export const where = { TableName: process.env.TABLE_NAME, Key: { pk: 'bare', sk: 'bare' } }
