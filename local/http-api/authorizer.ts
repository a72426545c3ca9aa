import type { IncomingMessage } from 'node:http'
import { type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import type { Authorizer } from './definition.ts'

export type Caller = {
  outcome: 'allowed'
  claims: Record<string, string>
  /** The scopes of the route that the token has; null if the route requires none, as API Gateway sends it. */
  scopes: string[] | null
}
export type Refusal = { outcome: 'unauthorized' | 'forbidden'; description: string }

/**
 * A claim as API Gateway passes it to a function: always a string, a list as `[a b]`, an object as JSON. Null
 * is left out. Undocumented; as captured from real HTTP APIs in
 * https://github.com/floci-io/floci/pull/2011 and
 * https://github.com/DefinitelyTyped/DefinitelyTyped/pull/75458
 */
const claimText = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(claimText).join(' ')}]`
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
export const claimsAsText = (payload: JWTPayload): Record<string, string> =>
  Object.fromEntries(
    Object.entries(payload).flatMap(([name, value]) =>
      value === null || value === undefined ? [] : [[name, claimText(value)]],
    ),
  )

const list = (value: unknown): string[] =>
  Array.isArray(value) ? value.map(String) : typeof value === 'string' ? value.split(' ').filter(Boolean) : []

/** `client_id` counts only if there is no `aud`, as in Cognito's access tokens. */
const audienceMatches = (payload: JWTPayload, audience: readonly string[]): boolean =>
  list(payload.aud ?? payload.client_id).some((one) => audience.includes(one))

/** The token of the Authorization header, with or without `Bearer`. */
export const tokenOf = (request: IncomingMessage): string | undefined =>
  request.headers.authorization?.replace(/^bearer\s+/i, '').trim() || undefined

/**
 * Checks a token as the JWT authorizer does: key id, signature (RSA only), issuer, audience, times, and one
 * of the route's scopes if it names any. As in AWS an ID token passes; the functions check the purpose of a
 * token.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 */
export const authorizeToken = async (
  token: string,
  { issuer, audience, scopes }: Authorizer,
  keys: JWTVerifyGetKey,
  now: number,
): Promise<Caller | Refusal> => {
  const verified = await jwtVerify(token, keys, {
    issuer,
    algorithms: ['RS256', 'RS384', 'RS512'],
    requiredClaims: ['exp'],
    currentDate: new Date(now),
  }).catch((error: Error) => error)
  if (verified instanceof Error) return { outcome: 'unauthorized', description: verified.message }
  const { payload, protectedHeader } = verified
  if (protectedHeader.kid === undefined) return { outcome: 'unauthorized', description: 'no key id' }
  if (payload.iat !== undefined && payload.iat * 1000 > now)
    return { outcome: 'unauthorized', description: 'issued in the future' }
  if (!audienceMatches(payload, audience)) return { outcome: 'unauthorized', description: 'invalid audience' }
  const held = [...list(payload.scope), ...list(payload.scp)]
  const matching = held.filter((scope) => scopes.includes(scope))
  if (scopes.length > 0 && matching.length === 0)
    return { outcome: 'forbidden', description: 'insufficient scope' }
  return { outcome: 'allowed', claims: claimsAsText(payload), scopes: scopes.length > 0 ? matching : null }
}
