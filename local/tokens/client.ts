import type { JWTPayload } from 'jose'

/** A client of the user pool, as the template declares it. */
export type Client = {
  id: string
  secret?: string | undefined
  /** Scopes that it may request. */
  scopes: readonly string[]
  /** Whether it may use the client credentials grant. */
  clientCredentials: boolean
  /** The redirect addresses after a sign-in; absent if people do not sign in at this client. */
  callbackUrls?: readonly string[]
  /** The lifetime of an access token. */
  lifetimeSeconds: number
  /** The refresh token; absent: none is issued. */
  refresh?: { lifetimeSeconds: number; revocable: boolean }
}

/** The claims of a token; without `scopes` and `groups` it allows nothing. */
export type TokenClaims = {
  sub?: string
  scopes?: readonly string[]
  groups?: readonly string[]
  clientId?: string
  /** Negative: already expired. */
  expiresInSeconds?: number
  /** Additional claims, or replacements of the usual ones. */
  claims?: JWTPayload
}
