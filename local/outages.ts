import type { RequestListener } from 'node:http'

/** A service whose outage a test can start. */
export type OutageOf = 'sts' | 'iot' | 'storage' | 'events'

/**
 * Starts outages of services on demand: every request is then answered 503 without being read, which SDK
 * clients treat as a service fault and retry.
 */
export const createOutages = () => {
  const down = new Set<OutageOf>()
  return {
    /** Calls the listener, unless the service has an outage. */
    guard:
      (service: OutageOf, listener: RequestListener): RequestListener =>
      (request, response) => {
        if (!down.has(service)) return listener(request, response)
        request.resume()
        request.on('end', () => response.writeHead(503, { 'content-length': 0 }).end())
      },
    /** Starts an outage, until the returned function is called. */
    begin: (service: OutageOf): (() => void) => {
      down.add(service)
      return () => void down.delete(service)
    },
  }
}
export type Outages = ReturnType<typeof createOutages>
