/**
 * Runs dynalite in a thread of its own, without a port: `engine.ts` sends each call as a message, and dynalite's request listener sees
 * it as a signed HTTP request. The signature is checked in front, not here.
 */
import { Readable } from 'node:stream'
import { parentPort, workerData } from 'node:worker_threads'
import dynalite from 'dynalite'
import * as z from 'zod'

const Start = z.object({ directory: z.string().optional() })
const Call = z.object({ id: z.number(), operation: z.string(), text: z.string() })

const { directory } = Start.parse(workerData)
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

parentPort?.on('message', (message: unknown) => {
  const { id, operation, text } = Call.parse(message)
  const request = Object.assign(Readable.from([Buffer.from(text)]), {
    method: 'POST',
    url: '/',
    headers: { ...headers, 'x-amz-target': `DynamoDB_20120810.${operation}` },
  })
  const response = {
    statusCode: 200,
    setHeader: () => {},
    end: (body: string) => parentPort?.postMessage({ id, status: response.statusCode, text: body }),
  }
  server.emit('request', request, response)
})
