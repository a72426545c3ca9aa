import { UserManager, WebStorageStateStore } from 'oidc-client-ts'
import type { SignInConfig } from './config.ts'
import { claimsOf, type Grants, grantsOf } from './grants.ts'

/**
 * Signing in with OpenID Connect: authorization code with PKCE, which needs no secret. Tokens are in the
 * session storage of this tab alone, and go with it. The token is renewed with its refresh token, where the
 * issuer gives one.
 */
export type SignedIn = {
  name: string
  grants: Grants
  token: () => string | undefined
  signOut: () => Promise<void>
}
export type SignIn = {
  /** Absent: nobody is signed in. */
  user: SignedIn | undefined
  /** Leads to the issuer's page, and from there back to where the person is now. */
  start: () => Promise<void>
  /** Forgets the token, for instance one that the API refused. */
  forget: () => Promise<void>
}

/** What goes to the issuer and comes back: the place to return to. Only paths of this page are followed. */
const placeOf = (state: unknown): string =>
  typeof state === 'string' && /^\/(?!\/)/.test(state) ? state : '/'

/**
 * Takes part in a sign-in that is under way, or finds the session of this tab. @throws Error when the issuer
 * refused
 */
export const openSignIn = async (config: SignInConfig): Promise<SignIn> => {
  const manager = new UserManager({
    authority: config.authority,
    client_id: config.clientId,
    redirect_uri: `${location.origin}/`,
    response_type: 'code',
    scope: config.scope,
    userStore: new WebStorageStateStore({ store: sessionStorage }),
    // Without a refresh token this would take a hidden frame, which the content security policy forbids.
    automaticSilentRenew: false,
    requestTimeoutInSeconds: 10,
  })
  const query = new URLSearchParams(location.search)
  const isReturning = query.has('state') && (query.has('code') || query.has('error'))
  if (isReturning) {
    const { state } = await manager.signinCallback().then((user) => ({ state: user?.state }))
    history.replaceState(null, '', placeOf(state))
  }
  const found = await manager.getUser()
  let current = found?.expired === false ? found : undefined
  manager.events.addAccessTokenExpiring(async () => {
    if (!current?.refresh_token) return
    // A renewal that fails leaves the token as it is: the API will say when it is over.
    current = (await manager.signinSilent().catch(() => undefined)) ?? current
  })
  const forget = () => manager.removeUser()
  const claims = current ? claimsOf(current.access_token) : {}
  const profile = current?.profile
  return {
    user: current && {
      name: String(profile?.email ?? profile?.['cognito:username'] ?? claims.username ?? profile?.sub ?? ''),
      // The API goes by the access token alone.
      grants: grantsOf(claims, config.groupsClaim, config.groupPrefix),
      token: () => current?.access_token,
      signOut: async () => {
        // It would be good for days. Where the issuer cannot be reached, or takes none back, it is
        // forgotten at least.
        await manager.revokeTokens(['refresh_token']).catch(() => {})
        await forget()
        location.assign(config.signOutUrl ?? '/')
      },
    },
    start: () => manager.signinRedirect({ state: location.pathname + location.search }),
    forget,
  }
}
