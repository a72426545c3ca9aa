/** A local DynamoDB on a free port, for tests. */
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { createDynamoDb, type DynamoDbOptions } from '../../../local/dynamodb/dynamodb.ts'
import { engineHere } from '../../support/database-here.ts'

export const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }

/** A table like the product's: two keys, an index of a few attributes, time to live. */
export const tableProperties = (TableName: string) => ({
  TableName,
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' as const },
    { AttributeName: 'sk', KeyType: 'RANGE' as const },
  ],
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' as const },
    { AttributeName: 'sk', AttributeType: 'S' as const },
    { AttributeName: 'kind', AttributeType: 'S' as const },
    { AttributeName: 'at', AttributeType: 'N' as const },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'by-kind',
      KeySchema: [
        { AttributeName: 'kind', KeyType: 'HASH' as const },
        { AttributeName: 'at', KeyType: 'RANGE' as const },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' as const },
    },
  ],
  TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
})

/**
 * Starts one; everybody may do everything unless the options say otherwise. Data that has to outlive it is in
 * the care of a thread, as in npm start.
 */
export const startDynamoDb = async (
  options: Partial<DynamoDbOptions<string>> & Pick<DynamoDbOptions<string>, 'tables'>,
) => {
  const dynamoDb = await createDynamoDb<string>({
    region: 'eu-central-1',
    accountId: '000000000000',
    authenticate: async (_: IncomingMessage) => 'anybody',
    authorize: () => {},
    ...(options.directory === undefined && { openEngine: engineHere }),
    ...options,
  })
  const server = createServer(dynamoDb.listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const endpoint = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  const stop = async (): Promise<void> => {
    server.closeAllConnections()
    server.close()
    await dynamoDb.close()
  }
  return { ...dynamoDb, endpoint, stop }
}
