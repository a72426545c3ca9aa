import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import sirv from 'sirv'

/** The built console, and how it is sent. */
export type ConsoleFiles = {
  /** The folder with its files, once they are there. */
  files: () => Promise<string>
  /** What they are sent with, given where storage takes the files of packages. */
  headers: (packages: { endpoint: string; bucket: string }) => Readonly<Record<string, string>>
}

type Needs = Pick<ConsoleFiles, 'files'> & {
  headers: Readonly<Record<string, string>>
  /** Where the API, the issuer and so the console are. */
  url: string
  /** Where docks log in with an account; absent without such a port. */
  dockAddress?: string | undefined
  /** Absent: nobody has to sign in. */
  signIn?: {
    issuer: string
    clientId: string
    /** That of `groundcrew login`. */
    commandLineClientId: string | undefined
    groupsClaim: string
  }
}

/** What the console asks for when it starts; in a deployment it is a file beside its own. */
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

/** Where people read, a page; where programs ask, the API's own answers, 404 included. */
const isForPeople = ({ method, headers }: IncomingMessage, path: string): boolean =>
  method === 'GET' &&
  (path.startsWith('/assets/') || path === '/favicon.svg' || /\btext\/html\b/.test(headers.accept ?? ''))

/**
 * Serves the console in the place of CloudFront: its files, its configuration, and its page at every address
 * of its own. Answers false for what is the API's. The files are looked for at the first request, so that
 * they may be in the making when the API is ready.
 */
export const createConsole = (needs: Needs) => {
  const config = configuration(needs)
  let serving: Promise<ReturnType<typeof sirv>> | undefined
  const open = async (): Promise<ReturnType<typeof sirv>> =>
    sirv(await needs.files(), {
      single: true,
      etag: true,
      setHeaders: (response, path) => {
        // Names of assets change with their content.
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
    // The issuer knows the page by one name only.
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
