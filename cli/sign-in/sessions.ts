import * as oidc from 'openid-client'
import { Failure } from '../exit.ts'
import type { Environment, Session, Settings } from '../settings.ts'
import { discover, type Issuer, reasonOf } from './where.ts'

/** The signed-in user or machine, and the renewal of tokens. */

type Tokens = oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers

/** The lifetime of a token that states none: an hour, as in Cognito. */
const usualSeconds = 3600

export const sessionOf = (
  { issuer, clientId }: Pick<Issuer, 'issuer' | 'clientId'>,
  tokens: Tokens,
): Session => ({
  issuer,
  clientId,
  accessToken: tokens.access_token,
  expiresAt: Date.now() + (tokens.expiresIn() ?? usualSeconds) * 1000,
  ...(tokens.refresh_token === undefined ? {} : { refreshToken: tokens.refresh_token }),
})

/** A token is renewed this long before it expires, so that none expires in transit. */
const marginMs = 60_000

const isGood = ({ expiresAt }: Session): boolean => expiresAt - marginMs > Date.now()

/** A machine's client id and secret, if the environment has them. */
export const machineOf = (env: Environment): { clientId: string; secret: string } | undefined => {
  const { GROUNDCREW_CLIENT_ID: clientId, GROUNDCREW_CLIENT_SECRET: secret } = env
  return clientId && secret ? { clientId, secret } : undefined
}

/** Gets a machine's token. The secret is not stored. @throws Failure */
export const signInMachine = async (
  issuer: string,
  { clientId, secret }: { clientId: string; secret: string },
  scope?: string,
): Promise<Session> => {
  const config = await discover(issuer, clientId, secret)
  try {
    const tokens = await oidc.clientCredentialsGrant(config, scope === undefined ? {} : { scope })
    return { ...sessionOf({ issuer, clientId }, tokens), machine: true }
  } catch (error) {
    throw new Failure(`The issuer gave no token: ${reasonOf(error)}`, {
      remedy:
        'Check GROUNDCREW_CLIENT_ID, GROUNDCREW_CLIENT_SECRET and the scopes that the client may request.',
    })
  }
}

const renewed = async (session: Session, env: Environment): Promise<Session> => {
  const machine = machineOf(env)
  if (session.machine && machine) return signInMachine(session.issuer, machine)
  if (session.refreshToken === undefined)
    throw new Failure('The session is over', { remedy: 'Sign in again: groundcrew login' })
  const config = await discover(session.issuer, session.clientId)
  try {
    const tokens = await oidc.refreshTokenGrant(config, session.refreshToken)
    return { ...session, ...sessionOf(session, tokens) }
  } catch (error) {
    throw new Failure(`The session cannot be renewed: ${reasonOf(error)}`, {
      remedy: 'Sign in again: groundcrew login',
    })
  }
}

/** The source of tokens for requests to `url`; undefined if nobody is signed in. */
export const tokenSource = (url: string, settings: Settings, env: Environment) => {
  let renewing: Promise<Session> | undefined
  return async (): Promise<string | undefined> => {
    if (env.GROUNDCREW_TOKEN) return env.GROUNDCREW_TOKEN
    const session = settings.session(url)
    if (session === undefined || isGood(session)) return session?.accessToken
    renewing ??= renewed(session, env).finally(() => {
      renewing = undefined
    })
    const fresh = await renewing
    settings.saveSession(url, fresh)
    return fresh.accessToken
  }
}

/**
 * Revokes the refresh token, which would stay valid for days. If the issuer cannot revoke it, it is still
 * deleted.
 */
export const signOut = async (session: Session): Promise<void> => {
  if (session.refreshToken === undefined) return
  await discover(session.issuer, session.clientId)
    .then((config) => oidc.tokenRevocation(config, session.refreshToken ?? ''))
    .catch(() => {})
}
