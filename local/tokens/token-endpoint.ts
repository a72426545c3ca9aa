import { createHash, randomUUID, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import type { JWTPayload } from 'jose'
import type { Client, TokenClaims } from './client.ts'
import { createRefreshTokens, type Session } from './refresh-tokens.ts'
import type { SignedIn } from './sign-in.ts'

/** `body` is absent if the response is empty. */
export type Answer = { status: number; body?: object }

type Needs = {
  clients: readonly Client[]
  mint: (claims: TokenClaims) => Promise<string>
  sign: (payload: JWTPayload) => Promise<string>
  /** The sign-in that the form's authorization code stands for. */
  redeem: (form: URLSearchParams) => SignedIn | undefined
  issuer: string
  now: () => number
}

const refused = (error: string): Answer => ({ status: 400, body: { error } })
const hash = (value: string): Buffer => createHash('sha256').update(value).digest()

/** Client id and secret, from the Authorization header or the form, as RFC 6749 section 2.3.1 allows. */
const credentials = (request: IncomingMessage, form: URLSearchParams): [id: string, secret: string] => {
  const [scheme, encoded = ''] = (request.headers.authorization ?? '').split(' ')
  if (scheme?.toLowerCase() !== 'basic') return [form.get('client_id') ?? '', form.get('client_secret') ?? '']
  const [id = '', ...secret] = Buffer.from(encoded, 'base64').toString('utf8').split(':')
  return [id, secret.join(':')]
}

/**
 * `/oauth2/token` and `/oauth2/revoke`, with Cognito's errors. As in Cognito, a revoked refresh token renews
 * nothing, and access tokens issued before stay valid for an API until they expire.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html
 * https://docs.aws.amazon.com/cognito/latest/developerguide/revocation-endpoint.html
 */
export const createTokenEndpoint = ({ clients, mint, sign, redeem, issuer, now }: Needs) => {
  const refreshTokens = createRefreshTokens(now)

  /** The client that the request authenticates as; a client without a secret proves nothing. */
  const clientOf = (request: IncomingMessage, form: URLSearchParams): Client | undefined => {
    const [id, secret] = credentials(request, form)
    const client = clients.find((candidate) => candidate.id === id)
    const proves = client?.secret === undefined || timingSafeEqual(hash(secret), hash(client.secret))
    return proves ? client : undefined
  }

  /** The access token, and the ID token for the client. */
  const tokensFor = async ({ person, signedInAt, id }: Session, client: Client, nonce?: string) => {
    const seconds = client.lifetimeSeconds
    const access_token = await mint({
      sub: person.name,
      groups: person.groups,
      clientId: client.id,
      scopes: client.scopes,
      expiresInSeconds: seconds,
      claims: { auth_time: signedInAt, origin_jti: id },
    })
    const issuedAt = Math.floor(now() / 1000)
    const id_token = await sign({
      sub: person.name,
      aud: client.id,
      token_use: 'id',
      'cognito:username': person.name,
      'cognito:groups': [...person.groups],
      ...(nonce === undefined ? {} : { nonce }),
      auth_time: signedInAt,
      origin_jti: id,
      jti: randomUUID(),
      iss: issuer,
      iat: issuedAt,
      exp: issuedAt + seconds,
    })
    return { access_token, id_token, expires_in: seconds, token_type: 'Bearer' }
  }

  const forCode = async (form: URLSearchParams): Promise<Answer> => {
    const signedIn = redeem(form)
    const client = clients.find(({ id }) => id === signedIn?.clientId)
    if (!signedIn || !client) return refused('invalid_grant')
    const { clientId, person, nonce } = signedIn
    const session = { clientId, person, signedInAt: Math.floor(now() / 1000), id: randomUUID() }
    const tokens = await tokensFor(session, client, nonce)
    const refresh_token = client.refresh && refreshTokens.issue(session, client.refresh.lifetimeSeconds)
    return { status: 200, body: { ...tokens, refresh_token } }
  }

  const forRefreshToken = async (client: Client, form: URLSearchParams): Promise<Answer> => {
    const session = refreshTokens.find(form.get('refresh_token') ?? '', client.id)
    return session ? { status: 200, body: await tokensFor(session, client) } : refused('invalid_grant')
  }

  const forMachine = async (client: Client, form: URLSearchParams): Promise<Answer> => {
    if (!client.secret) return refused('invalid_client')
    if (!client.clientCredentials) return refused('unauthorized_client')
    const asked = form.get('scope')?.split(' ').filter(Boolean) ?? []
    if (asked.some((scope) => !client.scopes.includes(scope))) return refused('invalid_scope')
    const access_token = await mint({
      clientId: client.id,
      scopes: asked.length > 0 ? asked : client.scopes,
      expiresInSeconds: client.lifetimeSeconds,
    })
    return { status: 200, body: { access_token, expires_in: client.lifetimeSeconds, token_type: 'Bearer' } }
  }

  return {
    issue: async (request: IncomingMessage): Promise<Answer> => {
      const form = new URLSearchParams(await text(request))
      const grant = form.get('grant_type')
      if (grant === 'authorization_code') return forCode(form)
      if (grant !== 'client_credentials' && grant !== 'refresh_token')
        return refused('unsupported_grant_type')
      const client = clientOf(request, form)
      if (!client) return refused('invalid_client')
      return grant === 'refresh_token' ? forRefreshToken(client, form) : forMachine(client, form)
    },
    revoke: async (request: IncomingMessage): Promise<Answer> => {
      const form = new URLSearchParams(await text(request))
      const client = clientOf(request, form)
      if (!client?.refresh?.revocable) return refused('invalid_client')
      const token = form.get('token')
      if (!token) return refused('invalid_request')
      // A JSON Web Token is not a refresh token.
      if (token.split('.').length === 3) return refused('unsupported_token_type')
      refreshTokens.revoke(token, client.id)
      return { status: 200 }
    },
  }
}
