import { createHash, randomUUID, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { createLocalJWKSet, type JWTPayload, SignJWT } from 'jose'
import { createSignIn } from './sign-in.ts'
import type { SigningKey } from './signing-key.ts'

/** A client of the user pool, as the template declares it. */
export type Client = {
  id: string
  secret?: string | undefined
  /** Scopes it may ask for. */
  scopes: readonly string[]
  /** Whether it may use the client credentials grant. */
  clientCredentials: boolean
  /** Where people who sign in are sent back to; absent where nobody signs in. */
  callbackUrls?: readonly string[]
  lifetimeSeconds: number
}

/** What a token shall say; without `scopes` and `groups` it allows nothing. */
export type TokenClaims = {
  sub?: string
  scopes?: readonly string[]
  groups?: readonly string[]
  clientId?: string
  /** Negative: already expired. */
  expiresInSeconds?: number
  /** Further claims, or others in place of the usual ones. */
  claims?: JWTPayload
}

type Options = { issuer: string; key: SigningKey; clients: readonly Client[]; now: () => number }

type Answer = { status: number; body: object }
const refused = (error: string, status = 400): Answer => ({ status, body: { error } })
const hash = (value: string): Buffer => createHash('sha256').update(value).digest()

/** Client id and secret, from the Authorization header or the form, as RFC 6749 section 2.3.1 allows. */
const credentials = (request: IncomingMessage, form: URLSearchParams): [id: string, secret: string] => {
  const [scheme, encoded = ''] = (request.headers.authorization ?? '').split(' ')
  if (scheme?.toLowerCase() !== 'basic') return [form.get('client_id') ?? '', form.get('client_secret') ?? '']
  const [id = '', ...secret] = Buffer.from(encoded, 'base64').toString('utf8').split(':')
  return [id, secret.join(':')]
}

/**
 * Stands in for the user pool: OpenID discovery, the key set, the token endpoint, and the pages where people sign in. Access tokens
 * have the claims of Cognito's.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html
 */
export const createTokenIssuer = ({ issuer, key, clients, now }: Options) => {
  const keys = { keys: [key.publicKey] }
  const root = new URL(issuer)
  const publicClients = clients.flatMap(({ id, callbackUrls }) =>
    callbackUrls ? [{ id, callbackUrls }] : [],
  )
  const signIn = createSignIn({ origin: root.origin, clients: publicClients, now })

  /** Signs an access token. */
  const mint = (options: TokenClaims = {}): Promise<string> => {
    const issuedAt = Math.floor(now() / 1000)
    const client = options.clientId ?? clients[0]?.id ?? 'local'
    const payload: JWTPayload = {
      sub: options.sub ?? client,
      token_use: 'access',
      auth_time: issuedAt,
      client_id: client,
      version: 2,
      ...(options.scopes ? { scope: options.scopes.join(' ') } : {}),
      ...(options.groups ? { 'cognito:groups': [...options.groups], username: options.sub ?? client } : {}),
      iss: issuer,
      iat: issuedAt,
      exp: issuedAt + (options.expiresInSeconds ?? 3600),
      jti: randomUUID(),
      ...options.claims,
    }
    return sign(payload)
  }

  const sign = (payload: JWTPayload): Promise<string> =>
    new SignJWT(payload)
      .setProtectedHeader({ alg: 'RS256', kid: key.publicKey.kid ?? '' })
      .sign(key.privateKey)

  /** For a person who signed in: what they may do, and for the client, who they are. */
  const issueToPerson = async (form: URLSearchParams): Promise<Answer> => {
    const signedIn = signIn.redeem(form)
    const client = clients.find(({ id }) => id === signedIn?.clientId)
    if (!signedIn || !client) return refused('invalid_grant')
    const { person, nonce } = signedIn
    const expires_in = client.lifetimeSeconds
    const access_token = await mint({
      sub: person.name,
      groups: person.groups,
      clientId: client.id,
      scopes: client.scopes,
      expiresInSeconds: expires_in,
    })
    const issuedAt = Math.floor(now() / 1000)
    const id_token = await sign({
      sub: person.name,
      aud: client.id,
      token_use: 'id',
      'cognito:username': person.name,
      'cognito:groups': [...person.groups],
      ...(nonce === undefined ? {} : { nonce }),
      iss: issuer,
      iat: issuedAt,
      exp: issuedAt + expires_in,
    })
    return { status: 200, body: { access_token, id_token, expires_in, token_type: 'Bearer' } }
  }

  const issue = async (request: IncomingMessage): Promise<Answer> => {
    const form = new URLSearchParams(await text(request))
    if (form.get('grant_type') === 'authorization_code') return issueToPerson(form)
    if (form.get('grant_type') !== 'client_credentials') return refused('unsupported_grant_type')
    const [id, secret] = credentials(request, form)
    const client = clients.find((candidate) => candidate.id === id)
    if (!client?.secret || !timingSafeEqual(hash(secret), hash(client.secret)))
      return refused('invalid_client')
    if (!client.clientCredentials) return refused('unauthorized_client')
    const asked = form.get('scope')?.split(' ').filter(Boolean) ?? []
    if (asked.some((scope) => !client.scopes.includes(scope))) return refused('invalid_scope')
    const access_token = await mint({
      clientId: id,
      scopes: asked.length > 0 ? asked : client.scopes,
      expiresInSeconds: client.lifetimeSeconds,
    })
    return { status: 200, body: { access_token, expires_in: client.lifetimeSeconds, token_type: 'Bearer' } }
  }

  const at = (path: string): string => `${root.pathname === '/' ? '' : root.pathname}${path}`
  const answers: Record<string, (request: IncomingMessage) => Answer | Promise<Answer>> = {
    [`GET ${at('/.well-known/openid-configuration')}`]: () => ({
      status: 200,
      body: {
        issuer,
        jwks_uri: `${issuer}/.well-known/jwks.json`,
        token_endpoint: `${root.origin}/oauth2/token`,
        authorization_endpoint: `${root.origin}/oauth2/authorize`,
        code_challenge_methods_supported: ['S256'],
        id_token_signing_alg_values_supported: ['RS256'],
        subject_types_supported: ['public'],
        response_types_supported: ['code', 'token'],
      },
    }),
    [`GET ${at('/.well-known/jwks.json')}`]: () => ({ status: 200, body: keys }),
    'POST /oauth2/token': issue,
  }

  return {
    issuer,
    mint,
    /** At which people sign in; what the console is. Undefined where the template has none. */
    publicClientId: publicClients[0]?.id,
    keySet: createLocalJWKSet(keys),
    /** Serves the request if it is one for the issuer; otherwise answers false and leaves it alone. */
    serve: async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
      const [path = ''] = (request.url ?? '').split('?')
      const answer = answers[`${request.method} ${path}`]
      if (!answer) return signIn.serve(request, response)
      const { status, body } = await answer(request)
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
      response.end(JSON.stringify(body))
      return true
    },
  }
}
export type TokenIssuer = ReturnType<typeof createTokenIssuer>
