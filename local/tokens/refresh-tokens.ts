import { randomBytes } from 'node:crypto'
import type { Person } from './people.ts'

/** What somebody's tokens of one sign-in have in common. */
export type Session = {
  clientId: string
  person: Person
  /** Epoch seconds. */
  signedInAt: number
  /** The claim `origin_jti` of all its tokens. */
  id: string
}

/**
 * The refresh tokens that are good, in memory: a restart ends them, as their running out does. Each works for
 * its own client alone, again and again, until it is revoked.
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
