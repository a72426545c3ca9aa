import { UserManager, WebStorageStateStore } from 'oidc-client-ts'
import type { SignInConfig } from './config.ts'
import { claimsOf, type Grants, grantsOf } from './grants.ts'

/**
 * Sign-in with OpenID Connect: authorization code with PKCE, which needs no secret. Tokens are only in the
 * session storage of this tab, and disappear with it. The token is renewed with its refresh token, if the
 * issuer provides one.
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
  /** Redirects to the issuer's page, and from there back to the current page. */
  start: () => Promise<void>
  /** Deletes the token, for instance one that the API refused. */
  forget: () => Promise<void>
}

/** The state parameter: the place to return to. Only paths of this site are followed. */
const placeOf = (state: unknown): string =>
  typeof state === 'string' && /^\/(?!\/)/.test(state) ? state : '/'

/** Completes a sign-in in progress, or finds the session of this tab. @throws Error if the issuer refused */
export const openSignIn = async (config: SignInConfig): Promise<SignIn> => {
  const manager = new UserManager({
    authority: config.authority,
    client_id: config.clientId,
    redirect_uri: `${location.origin}/`,
    response_type: 'code',
    scope: config.scope,
    userStore: new WebStorageStateStore({ store: sessionStorage }),
    // Without a refresh token this would need a hidden frame, which the content security policy forbids.
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
    // A failed renewal keeps the token: the API will refuse it once it has expired.
    current = (await manager.signinSilent().catch(() => undefined)) ?? current
  })
  const forget = () => manager.removeUser()
  const claims = current ? claimsOf(current.access_token) : {}
  const profile = current?.profile
  return {
    user: current && {
      name: String(profile?.email ?? profile?.['cognito:username'] ?? claims.username ?? profile?.sub ?? ''),
      // The API uses only the access token.
      grants: grantsOf(claims, config.groupsClaim, config.groupPrefix),
      token: () => current?.access_token,
      signOut: async () => {
        // The refresh token would stay valid for days. If the issuer cannot be reached, or cannot revoke it,
        // it is at least deleted.
        await manager.revokeTokens(['refresh_token']).catch(() => {})
        await forget()
        location.assign(config.signOutUrl ?? '/')
      },
    },
    start: () => manager.signinRedirect({ state: location.pathname + location.search }),
    forget,
  }
}
