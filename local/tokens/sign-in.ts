import { createHash, randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { type Person, people, signInPage } from './people.ts'

/** The user who signed in, the client, and the nonce for the ID token. */
export type SignedIn = { clientId: string; person: Person; nonce: string | undefined }
type Grant = SignedIn & { redirectUri: string; challenge: string; expiresAt: number }

/** A client of the user pool at which people sign in. */
export type PublicClient = { id: string; callbackUrls: readonly string[] }

type Options = { origin: string; clients: readonly PublicClient[]; now: () => number }

const codeLifetimeMs = 5 * 60_000

const refuse = (response: ServerResponse, why: string): ServerResponse =>
  response.writeHead(400, { 'content-type': 'text/plain' }).end(`${why}\n`)

const redirect = (response: ServerResponse, location: string): ServerResponse =>
  response.writeHead(302, { location, 'cache-control': 'no-store' }).end()

/**
 * Replaces the user pool's sign-in pages: authorization code with PKCE (RFC 6749 section 4.1, RFC 7636).
 * There are no passwords here: the page asks which user to be. `redeem` accepts each code once.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html
 */
export const createSignIn = ({ origin, clients, now }: Options) => {
  const grants = new Map<string, Grant>()

  /**
   * The client, if it may redirect people to the address: its own addresses, and wherever this runtime serves
   * the console.
   */
  const clientFor = (id: string | null, address: string | null): PublicClient | undefined =>
    clients.find(
      (client) => client.id === id && [...client.callbackUrls, `${origin}/`].includes(address ?? ''),
    )

  const authorize = (asked: URLSearchParams, response: ServerResponse): ServerResponse => {
    const redirectUri = asked.get('redirect_uri') ?? ''
    const client = clientFor(asked.get('client_id'), redirectUri)
    if (!client) return refuse(response, 'redirect_mismatch: this client may not send people to that address')
    const challenge = asked.get('code_challenge')
    if (asked.get('response_type') !== 'code' || asked.get('code_challenge_method') !== 'S256' || !challenge)
      return redirect(response, answerTo(redirectUri, { error: 'invalid_request' }, asked))
    const person = people.find(({ name }) => name === asked.get('person'))
    if (!person) {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' })
      return response.end(signInPage(asked))
    }
    const code = randomBytes(24).toString('base64url')
    const nonce = asked.get('nonce') ?? undefined
    const expiresAt = now() + codeLifetimeMs
    grants.set(code, { clientId: client.id, person, nonce, redirectUri, challenge, expiresAt })
    return redirect(response, answerTo(redirectUri, { code }, asked))
  }

  const logout = (asked: URLSearchParams, response: ServerResponse): ServerResponse => {
    const address = asked.get('logout_uri')
    if (address === null || !clientFor(asked.get('client_id'), address))
      return refuse(response, 'redirect_mismatch: this client may not send people to that address')
    return redirect(response, address)
  }

  const answers: Record<string, typeof authorize> = {
    'GET /oauth2/authorize': authorize,
    'POST /oauth2/authorize': authorize,
    'GET /logout': logout,
  }

  return {
    /**
     * The sign-in that the code stands for; undefined for a code that is unknown, used, expired, or another
     * client's.
     */
    redeem: (form: URLSearchParams): SignedIn | undefined => {
      const code = form.get('code') ?? ''
      const grant = grants.get(code)
      grants.delete(code)
      const proof = createHash('sha256')
        .update(form.get('code_verifier') ?? '')
        .digest('base64url')
      const isTheirs =
        grant?.clientId === form.get('client_id') && grant?.redirectUri === form.get('redirect_uri')
      return grant && isTheirs && grant.challenge === proof && grant.expiresAt > now() ? grant : undefined
    },
    /** Serves a request for these pages; returns false for any other. */
    serve: async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
      const [path = '', query = ''] = (request.url ?? '').split('?')
      const answer = answers[`${request.method} ${path}`]
      if (!answer) return false
      answer(new URLSearchParams(request.method === 'POST' ? await text(request) : query), response)
      return true
    },
  }
}

const answerTo = (address: string, answer: Record<string, string>, asked: URLSearchParams): string => {
  const url = new URL(address)
  for (const [name, value] of Object.entries({ ...answer, state: asked.get('state') ?? '' }))
    url.searchParams.set(name, value)
  return url.href
}
