import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

/** Where everything that tests start listens. */
export const loopback = '127.0.0.1'

/** Opens a server at a port of its own; resolves to that. */
export const listening = async (server: Server): Promise<number> => {
  server.listen(0, loopback)
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('No port')
  return address.port
}

/** A port that is free now, for a program that wants to be told one. */
export const freePort = async (): Promise<number> => {
  const server = createServer()
  const port = await listening(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}
