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

/** Ports that are free now, for a program that wants to be told them. */
export const freePorts = async (count: number): Promise<number[]> => {
  const servers = Array.from({ length: count }, () => createServer())
  const ports = await Promise.all(servers.map(listening))
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

/** A port that is free now, for a program that wants to be told one. */
export const freePort = async (): Promise<number> => {
  const [port] = await freePorts(1)
  if (port === undefined) throw new Error('No port')
  return port
}
