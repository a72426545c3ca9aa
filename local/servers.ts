import { createServer, type RequestListener } from 'node:http'

/** Everything local listens on the loopback interface only. */
export const loopback = '127.0.0.1'

/**
 * A port is in use by another program. `option` is the command-line option that chooses another; `free` a
 * port to choose.
 */
export class PortInUseError extends Error {
  constructor({ port, purpose, option }: PortUse, free: number | undefined) {
    const choices = [...(free === undefined ? [] : [`${option} ${free}`]), `${option} 0 for any`]
    super(
      `Port ${port} (${purpose}) is in use. Stop what uses it, or choose another: ${choices.join(', or ')}.`,
    )
    this.name = 'PortInUseError'
  }
}

export type PortUse = { port: number; purpose: string; option: string }

const isFree = async (port: number): Promise<boolean> => {
  const probe = createServer()
  const { promise, resolve } = Promise.withResolvers<boolean>()
  probe.once('error', () => resolve(false))
  probe.listen(port, loopback, () => probe.close(() => resolve(true)))
  return promise
}

/** The next free port after `port` that is none of `own`. */
const nextFree = async (port: number, own: readonly number[]): Promise<number | undefined> => {
  for (let next = port + 1; next <= 65_535; next++)
    if (!own.includes(next) && (await isFree(next))) return next
  return undefined
}

const isInUse = (error: unknown, port: number): boolean =>
  error instanceof Error &&
  'code' in error &&
  error.code === 'EADDRINUSE' &&
  'port' in error &&
  error.port === port

/**
 * Turns the error "address in use" into a message with the port and its option. `own`: all ports that this
 * program opens itself, which the message does not suggest.
 */
export const namingPort = async <Result>(
  opening: Promise<Result>,
  uses: readonly PortUse[],
  own: readonly number[] = [],
): Promise<Result> => {
  try {
    return await opening
  } catch (error) {
    const use = uses.find(({ port }) => isInUse(error, port))
    throw use ? new PortInUseError(use, await nextFree(use.port, own)) : error
  }
}

/** Starts an HTTP server on the loopback interface; port 0 takes any free one. */
export const listen = async (listener: RequestListener, port = 0) => {
  const server = createServer(listener)
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(port, loopback, resolve)
  await promise
  const address = server.address()
  const bound = typeof address === 'object' && address ? address.port : port
  return {
    url: `http://${loopback}:${bound}`,
    port: bound,
    /** Lets requests in flight end, and closes idle connections. */
    close: async (): Promise<void> => {
      const closed = Promise.withResolvers<void>()
      server.close(() => closed.resolve())
      server.closeIdleConnections()
      const timer = setTimeout(() => server.closeAllConnections(), 1000)
      await closed.promise
      clearTimeout(timer)
    },
  }
}
export type ListeningServer = Awaited<ReturnType<typeof listen>>
