import { randomBytes } from 'node:crypto'
import type { Person } from './people.ts'

/** The session that all tokens of one sign-in share. */
export type Session = {
  clientId: string
  person: Person
  /** Epoch seconds. */
  signedInAt: number
  /** The claim `origin_jti` of all its tokens. */
  id: string
}

/**
 * The valid refresh tokens, in memory: they end on expiry and on a restart. Each works only for its own
 * client, repeatedly, until it is revoked.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-refresh-token.html
 */
export const createRefreshTokens = (now: () => number) => {
  const sessions = new Map<string, Session & { expiresAt: number }>()
  const forgetExpired = () => {
    for (const [token, { expiresAt }] of sessions) if (expiresAt <= now()) sessions.delete(token)
  }
  const find = (token: string, clientId: string): Session | undefined => {
    const session = sessions.get(token)
    return session?.clientId === clientId && session.expiresAt > now() ? session : undefined
  }
  return {
    issue: (session: Session, lifetimeSeconds: number): string => {
      forgetExpired()
      const token = randomBytes(48).toString('base64url')
      sessions.set(token, { ...session, expiresAt: now() + lifetimeSeconds * 1000 })
      return token
    },
    find,
    revoke: (token: string, clientId: string): void => {
      if (find(token, clientId)) sessions.delete(token)
    },
  }
}
export type RefreshTokens = ReturnType<typeof createRefreshTokens>
