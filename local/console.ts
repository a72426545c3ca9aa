import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import sirv from 'sirv'

/** The built console and its response headers. */
export type ConsoleFiles = {
  /** Resolves with the folder of the files, once they are built. */
  files: () => Promise<string>
  /** The response headers, for the given address of the packages bucket. */
  headers: (packages: { endpoint: string; bucket: string }) => Readonly<Record<string, string>>
}

type Needs = Pick<ConsoleFiles, 'files'> & {
  headers: Readonly<Record<string, string>>
  /** The address of API, token issuer and console. */
  url: string
  /** The address at which docks log in with an account; absent without such a port. */
  dockAddress?: string | undefined
  /** Absent: no sign-in. */
  signIn?: {
    issuer: string
    clientId: string
    /** The client of `groundcrew login`. */
    commandLineClientId: string | undefined
    groupsClaim: string
  }
}

/** The `config.json` that the console reads at its start; in a deployment it is a file beside the console. */
const configuration = ({ url, signIn, dockAddress }: Needs): string => {
  if (!signIn) return JSON.stringify({ dockAddress })
  const { issuer: authority, clientId, commandLineClientId, groupsClaim } = signIn
  const leaving = new URLSearchParams({ client_id: clientId, logout_uri: `${url}/` })
  const signOutUrl = `${url}/logout?${leaving}`
  return JSON.stringify({
    dockAddress,
    signIn: { authority, clientId, commandLineClientId, groupsClaim, signOutUrl, scope: 'openid email' },
  })
}

const patienceMs = 400
const waiting = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Groundcrew</title>
<p>The console is being built, once, for some ten seconds. This page then shows it by itself.</p></html>
`

/** Browsers get a page; programs get the API's own answers, 404 included. */
const isForPeople = ({ method, headers }: IncomingMessage, path: string): boolean =>
  method === 'GET' &&
  (path.startsWith('/assets/') || path === '/favicon.svg' || /\btext\/html\b/.test(headers.accept ?? ''))

/**
 * Serves the console as CloudFront does: its files, its configuration, and its page at every address of its
 * own. Returns false for requests that belong to the API. It awaits the files at the first request, so that
 * the API can start while they are being built.
 */
export const createConsole = (needs: Needs) => {
  const config = configuration(needs)
  let serving: Promise<ReturnType<typeof sirv>> | undefined
  const open = async (): Promise<ReturnType<typeof sirv>> =>
    sirv(await needs.files(), {
      single: true,
      etag: true,
      setHeaders: (response, path) => {
        // The names of assets change with their content.
        const lifetime = path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'
        response.setHeader('cache-control', lifetime)
        for (const [name, value] of Object.entries(needs.headers)) response.setHeader(name, value)
      },
    })
  return async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const [path = '/'] = (request.url ?? '/').split('?')
    if (path.startsWith('/v1/') || path === '/openapi.json' || path === '/asyncapi.json') return false
    if (path === '/config.json') {
      response.writeHead(200, {
        ...needs.headers,
        'content-type': 'application/json',
        'cache-control': 'no-store',
      })
      response.end(config)
      return true
    }
    if (!isForPeople(request, path)) return false
    // The issuer accepts the page under one host name only.
    if (new URL(needs.url).host !== request.headers.host) {
      response.writeHead(307, { location: `${needs.url}${request.url}` }).end()
      return true
    }
    serving ??= open()
    const opened = serving.catch((error: unknown) => {
      // The next request tries again.
      serving = undefined
      return error instanceof Error ? error.message : String(error)
    })
    const serve = await Promise.race([opened, pause(patienceMs)])
    if (serve === undefined)
      response.writeHead(200, { 'content-type': 'text/html', refresh: '1' }).end(waiting)
    else if (typeof serve === 'string')
      response.writeHead(500, { 'content-type': 'text/plain' }).end(`${serve}\n`)
    else serve(request, response, () => void response.writeHead(404).end())
    return true
  }
}
