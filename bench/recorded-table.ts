import { once } from 'node:events'
import { createServer } from 'node:http'
import { startDynamoDb } from '../test/local/dynamodb/start.ts'
import { tableProperties } from '../test/support/table.ts'

const refusal =
  '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>No</Message></Error></ErrorResponse>'

/**
 * The product's table, and the names of its calls in order. A call of another service is STS's, and refused.
 */
export const startRecordedTable = async () => {
  const database = await startDynamoDb({ tables: [tableProperties()] })
  const calls: string[] = []
  const server = createServer((request, response) => {
    const { 'x-amz-target': target } = request.headers
    calls.push(typeof target === 'string' ? target.replace(/^.*\./, '') : 'AssumeRole')
    if (target) return database.listener(request, response)
    response.writeHead(403, { 'content-type': 'text/xml' }).end(refusal)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const endpoint = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  const stop = async (): Promise<void> => {
    server.closeAllConnections()
    server.close()
    await database.stop()
  }
  return { endpoint, calls, stop }
}
