import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { Webhook } from 'standardwebhooks'

/** `hold`: takes what it is sent and never answers. `refuse`: ends every connection at once. */
type Manner = number | 'hold' | 'refuse'

/**
 * Somebody's receiver on this machine, as the published library has it: what it was sent, and whether the secret
 * that it is given verifies that. It answers 204, or as it is told.
 */
export const webhookReceiver = async (t: TestContext) => {
  const received: { headers: Record<string, string>; body: string; manner: Manner }[] = []
  const sockets = new Set<Socket>()
  let manner: Manner = 204
  let onEnd = () => {}
  const server = createServer(async (request, response) => {
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    )
    const body = await text(request)
    received.push({ headers, body, manner })
    if (typeof manner === 'number') response.writeHead(manner).end()
    else request.socket.on('close', () => onEnd())
  })
  server.on('connection', (socket) => {
    if (manner === 'refuse') return void socket.destroy()
    sockets.add(socket.on('close', () => sockets.delete(socket)))
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
    answer: (with_: Manner) => {
      manner = with_
      if (manner === 'refuse') for (const socket of sockets) socket.destroy()
    },
    /** Told each time that something it holds is given up, by either side. */
    onEnd: (told: () => void) => {
      onEnd = told
    },
    /** The newest that it was sent, verified. @throws of the library, where the secret did not sign it */
    verified: (secret: string): unknown => {
      const { headers = {}, body = '' } = received.at(-1) ?? {}
      return new Webhook(secret).verify(body, headers)
    },
  }
}
