import { openClient, type Table } from '../../lambdas/table/client.ts'
import { defaultRetention, table as schema } from '../../lambdas/table/schema.ts'
import { startDynamoDb } from '../local/dynamodb/start.ts'

/** A read or write that the database charged for. */
export type Usage = { operation: string; kind: 'read' | 'write'; units: number }

/**
 * The product's table on a local DynamoDB that lags only where that is asked for, what each call on it
 * consumed, and the database.
 */
export const startTable = async ({ lagMs = 0, hasRates = true } = {}) => {
  const used: Usage[] = []
  const meter = (usage: Usage) => used.push(usage)
  const database = await startDynamoDb({ tables: [tableProperties()], meter, lagMs, hasRates })
  const table = tableOn(database.endpoint)
  const stop = async () => {
    table.client.destroy()
    await database.stop()
  }
  return { table, used, stop, database }
}

/** The product's table as the stores use it, on a DynamoDB that asks no questions. */
export const tableOn = (endpoint: string): Table => {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const client = openClient({ endpoint, region: 'eu-central-1', credentials })
  return { client, name: 'Records', retention: defaultRetention }
}

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
