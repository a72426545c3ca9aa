import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import { type HttpRequest, HttpResponse } from '@smithy/core/protocols'
import { openClient, type Table } from '../../lambdas/table/client.ts'
import { defaultRetention, table as schema } from '../../lambdas/table/schema.ts'
import { createDynamoDb, type DynamoDb } from '../../local/dynamodb/dynamodb.ts'
import { engineHere } from './database-here.ts'

/** A read or write that the database charged for; `indexUnits` are a write's, on top. */
export type Usage = {
  operation: string
  kind: 'read' | 'write'
  units: number
  indexUnits?: number | undefined
}

/**
 * The product's table on a local DynamoDB that lags only where that is asked for, what each call on it consumed, and the database, which
 * is there before the first call is answered. Nothing is left to be stopped.
 */
export const openTable = ({ lagMs = 0, hasRates = true } = {}) => {
  const used: Usage[] = []
  const database = createDynamoDb({
    region: 'eu-central-1',
    accountId: '000000000000',
    tables: [tableProperties()],
    authenticate: async () => 'anybody',
    authorize: () => {},
    meter: (usage) => void used.push(usage),
    lagMs,
    hasRates,
    openEngine: engineHere,
  })
  const table = tableOf({
    requestHandler: inProcess(database),
    // What is not checked need not be computed.
    signer: { sign: async (request) => request },
  })
  return { table, used, database }
}

/** Hands requests of the SDK to the database without HTTP, which would take most of the time of a test. */
const inProcess = (
  database: Promise<DynamoDb<string>>,
): NonNullable<DynamoDBClientConfig['requestHandler']> => ({
  handle: async ({ headers, body }: HttpRequest) => {
    const operation = String(headers['x-amz-target']).replace('DynamoDB_20120810.', '')
    const { answer } = await database
    const { status, text } = await answer(operation, new TextDecoder().decode(body), 'anybody')
    return {
      response: new HttpResponse({
        statusCode: status,
        headers: { 'content-type': 'application/x-amz-json-1.0' },
        body: Buffer.from(text),
      }),
    }
  },
})

const tableOf = (config: DynamoDBClientConfig): Table => {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const client = openClient({ region: 'eu-central-1', credentials, ...config })
  return { client, name: 'Records', retention: defaultRetention }
}

/** The product's table as the stores use it, over HTTP, on a DynamoDB that asks no questions. */
export const tableOn = (endpoint: string): Table => tableOf({ endpoint })

const keys = (partition: string, sort: string) => [
  { AttributeName: partition, KeyType: 'HASH' },
  { AttributeName: sort, KeyType: 'RANGE' },
]

/** As CloudFormation would make it. */
export const tableProperties = () => {
  const indexes = Object.values(schema.indexes)
  const attributes = indexes.flatMap(({ partitionKey, sortKey }) => [partitionKey, sortKey])
  return {
    TableName: 'Records',
    KeySchema: keys(schema.partitionKey, schema.sortKey),
    AttributeDefinitions: [
      { name: schema.partitionKey, type: 'S' },
      { name: schema.sortKey, type: 'S' },
      ...attributes,
    ].map(({ name, type }) => ({ AttributeName: name, AttributeType: type })),
    GlobalSecondaryIndexes: indexes.map((index) => ({
      IndexName: index.name,
      KeySchema: keys(index.partitionKey.name, index.sortKey.name),
      Projection:
        index.attributes.length > 0
          ? { ProjectionType: 'INCLUDE', NonKeyAttributes: [...index.attributes] }
          : { ProjectionType: 'KEYS_ONLY' },
    })),
    TimeToLiveSpecification: { AttributeName: schema.timeToLive, Enabled: true },
  }
}
