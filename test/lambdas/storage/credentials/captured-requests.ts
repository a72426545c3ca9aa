import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'

/** A request as it came over the wire. */
export type Captured = { method: string; url: URL; headers: IncomingHttpHeaders; body: string }
type Answer = { status?: number; headers?: Record<string, string>; body?: string }

/** A service that keeps what it is asked, and answers as the test says. */
export const captureRequests = async (t: TestContext, answer: (request: Captured) => Answer) => {
  const requests: Captured[] = []
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', `http://${request.headers.host}`)
    const captured = {
      method: request.method ?? '',
      url,
      headers: request.headers,
      body: await text(request),
    }
    requests.push(captured)
    const { status = 200, headers = {}, body = '' } = answer(captured)
    response.writeHead(status, headers).end(request.method === 'HEAD' ? '' : body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, requests }
}

export const secretArn = 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:storage-AbCdEf'

/** Secrets Manager with one secret, which the test may change; the SDK finds it by the environment. */
export const serveSecret = async (t: TestContext, secret: unknown) => {
  const held = { secret }
  const service = await captureRequests(t, () => ({
    headers: { 'content-type': 'application/x-amz-json-1.1' },
    body: JSON.stringify({
      ARN: secretArn,
      SecretString: typeof held.secret === 'string' ? held.secret : JSON.stringify(held.secret),
    }),
  }))
  process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER = service.url
  process.env.AWS_REGION = 'eu-central-1'
  process.env.AWS_ACCESS_KEY_ID = 'test'
  process.env.AWS_SECRET_ACCESS_KEY = 'test'
  const set = (next: unknown): void => {
    held.secret = next
  }
  return { requests: service.requests, set }
}
