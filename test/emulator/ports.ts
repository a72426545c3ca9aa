import { createServer } from 'node:net'

/** Where everything of the emulator listens. */
export const loopback = '127.0.0.1'

/** A port that is free now, for a program that wants to be told one. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().on('error', reject)
    server.listen(0, loopback, () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('No port')),
      )
    })
  })
