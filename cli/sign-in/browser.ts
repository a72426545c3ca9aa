import { spawn } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as oidc from 'openid-client'
import { Failure } from '../exit.ts'
import type { Session } from '../settings.ts'
import { sessionOf } from './sessions.ts'
import { discover, type Issuer, reasonOf } from './where.ts'

/**
 * The ports to which the issuer may redirect a browser. The clients of `lib/api/user-pool.ts` list them, since
 * Cognito accepts only registered addresses. There are several, because one may be in use.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-app-idp-settings.html
 */
export const callbackPorts = [8976, 8977, 8978]

type Ask = {
  /** Gets the address to open, whether or not a browser opens it. */
  show: (address: string) => void
  openBrowser: boolean
  signal: AbortSignal
  timeoutMs?: number
}

const usualTimeoutMs = 5 * 60_000

/** Opens the address in the user's browser. There may be none: the address is always printed, too. */
export const showInBrowser = (address: string): void => {
  const [command, ...args] =
    process.platform === 'darwin'
      ? ['open', address]
      : process.platform === 'win32'
        ? ['rundll32', 'url.dll,FileProtocolHandler', address]
        : ['xdg-open', address]
  const child = spawn(command ?? '', args, { stdio: 'ignore', detached: true })
  child.on('error', () => {})
  child.unref()
}

const listenAt = (server: Server, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, 'localhost', () => resolve(true))
  })

const openCallback = async (): Promise<{ server: Server; origin: string }> => {
  for (const port of callbackPorts) {
    const server = createServer()
    if (await listenAt(server, port)) {
      const { port: taken } = server.address() as AddressInfo
      return { server, origin: `http://localhost:${taken}/` }
    }
  }
  throw new Failure(`The ports ${callbackPorts.join(', ')} of this machine are taken`, {
    remedy: 'Free one of them, or sign in elsewhere: groundcrew login --device',
  })
}

const page = (text: string): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>Groundcrew</title><p>${text}</p></html>\n`

/**
 * The address of the issuer's redirect for this sign-in. Any page in the browser can send requests here: a
 * request with another `state`, errors included, is ignored.
 * https://www.rfc-editor.org/rfc/rfc6749#section-10.12
 */
const answerOf = (path: string | undefined, { origin, state }: Expected): URL | undefined => {
  const text = `${origin.slice(0, -1)}${path}`
  const address = URL.canParse(text) ? new URL(text) : undefined
  const isIt =
    address?.pathname === '/' &&
    address.searchParams.get('state') === state &&
    ['code', 'error'].some((name) => address.searchParams.has(name))
  return isIt ? address : undefined
}

/** The redirect address, with its trailing slash, and the state. */
type Expected = { origin: string; state: string }

/** Resolves with the address of the redirect. */
const comesBack = (
  server: Server,
  expected: Expected,
  { signal, timeoutMs = usualTimeoutMs }: Ask,
): Promise<URL> =>
  new Promise((resolve, reject) => {
    const late = () =>
      reject(new Failure('Nobody signed in within five minutes', { remedy: 'Try again: groundcrew login' }))
    const timer = setTimeout(late, timeoutMs)
    const stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    server.on('request', (request, response) => {
      const address = answerOf(request.url, expected)
      response.writeHead(address ? 200 : 404, {
        'content-type': 'text/html; charset=utf-8',
        connection: 'close',
      })
      response.end(
        page(address ? 'You may close this page and go back to the terminal.' : 'There is nothing here.'),
      )
      if (!address) return
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
      resolve(address)
    })
  })

/**
 * Signs a person in with their browser: authorization code with PKCE, redirected to a port of this machine
 * (RFC 8252, section 7.3). @throws Failure if the issuer refuses, or the sign-in is not completed
 */
export const signInByBrowser = async (at: Issuer, ask: Ask): Promise<Session> => {
  const config = await discover(at.issuer, at.clientId)
  const { server, origin } = await openCallback()
  try {
    const pkceCodeVerifier = oidc.randomPKCECodeVerifier()
    const expectedState = oidc.randomState()
    const address = oidc.buildAuthorizationUrl(config, {
      redirect_uri: origin,
      scope: at.scope,
      state: expectedState,
      code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
    })
    const back = comesBack(server, { origin, state: expectedState }, ask)
    ask.show(address.href)
    if (ask.openBrowser) showInBrowser(address.href)
    const tokens = await oidc.authorizationCodeGrant(config, await back, { pkceCodeVerifier, expectedState })
    return sessionOf(at, tokens)
  } catch (error) {
    if (error instanceof Failure || ask.signal.aborted) throw error
    throw new Failure(`The issuer did not sign you in: ${reasonOf(error)}`, {
      remedy: 'Try again: groundcrew login',
    })
  } finally {
    server.close()
    server.closeAllConnections()
  }
}
