/**
 * Runs dynalite in a thread of its own, without a port: `engine.ts` sends each call as a message, and dynalite's request listener sees
 * it as a signed HTTP request. The signature is checked in front, not here.
 */
import { EventEmitter } from 'node:events'
import { parentPort, workerData } from 'node:worker_threads'
import dynalite from 'dynalite'
import conditionParser from 'dynalite/db/conditionParser.js'
import updateParser from 'dynalite/db/updateParser.js'
import * as z from 'zod'
import { inBatches } from './message-batches.ts'
import { rememberParsed } from './parsed-expressions.ts'

const Start = z.object({ directory: z.string().optional() })
const Call = z.object({ id: z.number(), operation: z.string(), text: z.string() })

const { directory } = Start.parse(workerData)
rememberParsed(conditionParser)
rememberParsed(updateParser)
const server = dynalite({
  createTableMs: 0,
  deleteTableMs: 0,
  updateTableMs: 0,
  ...(directory !== undefined && { path: directory }),
})

const headers = {
  'content-type': 'application/x-amz-json-1.0',
  authorization: 'AWS4-HMAC-SHA256 Credential=local, SignedHeaders=host, Signature=local',
  'x-amz-date': '20000101T000000Z',
}

const answer = inBatches((answers) => parentPort?.postMessage(answers))

const handle = ({ id, operation, text }: z.infer<typeof Call>): void => {
  const request = Object.assign(new EventEmitter(), {
    method: 'POST',
    url: '/',
    headers: { ...headers, 'x-amz-target': `DynamoDB_20120810.${operation}` },
  })
  const response = {
    statusCode: 200,
    setHeader: () => {},
    end: (body: string) => answer({ id, status: response.statusCode, text: body }),
  }
  server.emit('request', request, response)
  request.emit('data', Buffer.from(text))
  request.emit('end')
}

parentPort?.on('message', (message: unknown) => z.array(Call).parse(message).forEach(handle))
