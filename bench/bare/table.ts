import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'

/**
 * The least that a function could do, to measure ours against: the same calls of the SDK in the same number,
 * without a condition and without a look at the answer. Each bundle has only the calls that it makes.
 */
export const client = DynamoDBDocumentClient.from(new DynamoDBClient({}))

/** Any item of the table, and what it may be called from. */
export const where = { TableName: process.env.TABLE_NAME, Key: { pk: 'bare', sk: 'bare' } }
