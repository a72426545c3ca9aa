import type { RequestListener } from 'node:http'

/** A service that a test can put out of order. */
export type OutageOf = 'sts' | 'iot' | 'storage' | 'events'

/**
 * Puts services out of order on demand: every request is then answered 503 without being looked at, which SDK
 * clients take for a fault of the service and try again.
 */
export const createOutages = () => {
  const down = new Set<OutageOf>()
  return {
    /** The listener, as long as the service is in order. */
    guard:
      (service: OutageOf, listener: RequestListener): RequestListener =>
      (request, response) => {
        if (!down.has(service)) return listener(request, response)
        request.resume()
        request.on('end', () => response.writeHead(503, { 'content-length': 0 }).end())
      },
    /** From now until the returned function is called. */
    begin: (service: OutageOf): (() => void) => {
      down.add(service)
      return () => void down.delete(service)
    },
  }
}
export type Outages = ReturnType<typeof createOutages>
