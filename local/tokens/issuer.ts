import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createLocalJWKSet, type JWTPayload, SignJWT } from 'jose'
import type { Client, TokenClaims } from './client.ts'
import { createSignIn } from './sign-in.ts'
import type { SigningKey } from './signing-key.ts'
import { type Answer, createTokenEndpoint } from './token-endpoint.ts'

type Options = { issuer: string; key: SigningKey; clients: readonly Client[]; now: () => number }

/**
 * Stands in for the user pool: OpenID discovery, the key set, the token endpoint, and the sign-in pages.
 * Access tokens have the claims of Cognito's.
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

  const endpoint = createTokenEndpoint({ clients, mint, sign, redeem: signIn.redeem, issuer, now })

  const at = (path: string): string => `${root.pathname === '/' ? '' : root.pathname}${path}`
  const answers: Record<string, (request: IncomingMessage) => Answer | Promise<Answer>> = {
    [`GET ${at('/.well-known/openid-configuration')}`]: () => ({
      status: 200,
      body: {
        issuer,
        jwks_uri: `${issuer}/.well-known/jwks.json`,
        token_endpoint: `${root.origin}/oauth2/token`,
        authorization_endpoint: `${root.origin}/oauth2/authorize`,
        revocation_endpoint: `${root.origin}/oauth2/revoke`,
        end_session_endpoint: `${root.origin}/logout`,
        code_challenge_methods_supported: ['S256'],
        id_token_signing_alg_values_supported: ['RS256'],
        subject_types_supported: ['public'],
        response_types_supported: ['code', 'token'],
      },
    }),
    [`GET ${at('/.well-known/jwks.json')}`]: () => ({ status: 200, body: keys }),
    'POST /oauth2/token': endpoint.issue,
    'POST /oauth2/revoke': endpoint.revoke,
  }

  return {
    issuer,
    mint,
    keySet: createLocalJWKSet(keys),
    /** Serves a request for the issuer; returns false for any other. */
    serve: async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
      const [path = ''] = (request.url ?? '').split('?')
      const answer = answers[`${request.method} ${path}`]
      if (!answer) return signIn.serve(request, response)
      const { status, body } = await answer(request)
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
      response.end(body && JSON.stringify(body))
      return true
    },
  }
}
export type TokenIssuer = ReturnType<typeof createTokenIssuer>
