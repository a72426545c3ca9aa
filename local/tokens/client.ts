import type { JWTPayload } from 'jose'

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
  /** Of an access token. */
  lifetimeSeconds: number
  /** Of the token that renews access tokens; absent where there is none. */
  refresh?: { lifetimeSeconds: number; revocable: boolean }
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
