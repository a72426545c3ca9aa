import { Agent, request } from 'node:http'
import type { TestContext } from 'node:test'
import { type RouteName, routes } from '../../lambdas/contract/routes.ts'
import type { Call } from '../support/http-calls.ts'

/** What may stand in a path or a header as it is. */
const plain = /^[\x21-\x22\x24-\x3e\x40-\x7e]+$/

/** As it is where HTTP lets it pass, so that a server sees `..` and a stray `%`; else in percent-encoding. */
const segment = (value: string): string =>
  plain.test(value) ? value : encodeURIComponent(value.toWellFormed())

const pathOf = (route: RouteName, { params = {}, query = {} }: Call): string => {
  const path = routes[route].path.replace(/\{(\w+)\}/g, (_, name) => segment(params[name] ?? ''))
  const search = Object.entries(query).map(([name, value]) => `${segment(name)}=${segment(value)}`)
  return search.length > 0 ? `${path}?${search.join('&')}` : path
}

const bytesOf = ({ body }: Call): string | Buffer =>
  typeof body === 'string' || Buffer.isBuffer(body) ? body : (JSON.stringify(body) ?? '')

/** Sends requests as they are, which `fetch` would put right; answers the status. */
export const sender = (t: TestContext, url: string) => {
  const agent = new Agent({ keepAlive: true })
  t.after(() => agent.destroy())
  return (route: RouteName, call: Call): Promise<number> =>
    new Promise((resolve, reject) => {
      const headers = Object.entries(call.headers ?? {}).filter(([, value]) => plain.test(value))
      const bytes = bytesOf(call)
      const sent = request(url, {
        agent,
        method: routes[route].method,
        path: pathOf(route, call),
        headers: {
          'content-type': 'application/json',
          // Node names no length where a method rarely has a body: the server would take the body for the next request.
          'content-length': Buffer.byteLength(bytes),
          ...Object.fromEntries(headers),
        },
      })
      sent.on('error', reject)
      sent.on('response', (response) => {
        response.resume()
        response.on('end', () => resolve(response.statusCode ?? 0))
      })
      sent.end(bytes)
    })
}
