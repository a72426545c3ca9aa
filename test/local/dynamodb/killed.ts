/**
 * The process that `dynamodb.test.ts` kills: keeps its data in the directory given as argument, and makes one
 * transaction after another until it is killed, each of which counts in two items and moves one in the index.
 * It says so after the first hundred.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb'
import { credentials, startDynamoDb, tableProperties } from './start.ts'

const TableName = 'Jobs'
const { endpoint } = await startDynamoDb({
  directory: process.argv[2] ?? '',
  tables: [tableProperties(TableName)],
})
const db = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region: 'eu-central-1', credentials }))

const set = (sk: string, n: number) => ({ Put: { TableName, Item: { pk: 'job', sk, kind: 'k', at: n } } })
for (let n = 1; ; n++) {
  await db.send(new TransactWriteCommand({ TransactItems: [set('a', n), set('b', n)] }))
  if (n === 100) process.stdout.write('in the middle\n')
}
