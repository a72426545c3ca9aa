import { once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { Webhook } from 'standardwebhooks'

/**
 * Somebody's receiver on this machine, as the published library has it: what it was sent, and whether the secret
 * that it is given verifies that. It answers 204, or as it is told.
 */
export const webhookReceiver = async (t: TestContext) => {
  const received: { headers: Record<string, string>; body: string }[] = []
  let status = 204
  const server = createServer(async (request, response) => {
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    )
    received.push({ headers, body: await text(request) })
    response.writeHead(status).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The receiver has no port')
  return {
    url: `http://127.0.0.1:${address.port}/hook`,
    received,
    answer: (with_: number) => {
      status = with_
    },
    /** The newest that it was sent, verified. @throws of the library, where the secret did not sign it */
    verified: (secret: string): unknown => {
      const { headers = {}, body = '' } = received.at(-1) ?? {}
      return new Webhook(secret).verify(body, headers)
    },
  }
}
