import * as oidc from 'openid-client'
import { Failure } from '../exit.ts'
import type { Session } from '../settings.ts'
import { sessionOf } from './sessions.ts'
import { discover, type Issuer, reasonOf } from './where.ts'

export type DeviceCode = { code: string; address: string }

/**
 * Signs a person in with a browser on another machine (RFC 8628). Cognito does not have this grant; other
 * issuers often do. @throws Failure if the issuer does not have it, or refuses
 */
export const signInByCode = async (
  at: Issuer,
  { show, signal }: { show: (code: DeviceCode) => void; signal: AbortSignal },
): Promise<Session> => {
  const config = await discover(at.issuer, at.clientId)
  if (config.serverMetadata().device_authorization_endpoint === undefined)
    throw new Failure('The issuer does not support signing in by a code', {
      remedy: 'Sign in by browser: groundcrew login. Over ssh, forward a port: ssh -L 8976:localhost:8976 …',
    })
  try {
    const asked = await oidc.initiateDeviceAuthorization(config, { scope: at.scope })
    show({ code: asked.user_code, address: asked.verification_uri_complete ?? asked.verification_uri })
    return sessionOf(at, await oidc.pollDeviceAuthorizationGrant(config, asked, undefined, { signal }))
  } catch (error) {
    if (signal.aborted) throw signal.reason
    throw new Failure(`The issuer did not sign you in: ${reasonOf(error)}`, {
      remedy: 'Try again: groundcrew login --device',
    })
  }
}
