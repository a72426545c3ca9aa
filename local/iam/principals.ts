import { createHmac, randomBytes } from 'node:crypto'
import { EncryptJWT, jwtDecrypt } from 'jose'
import * as z from 'zod'
import { createCache } from '../cache.ts'
import { type Policy, requirePolicy } from './policy.ts'

/** A role of the template. `policies` and `trust` are policy documents, not yet parsed. */
export type RoleDefinition = {
  arn: string
  name: string
  policies: readonly unknown[]
  trust: unknown
  maxSessionSeconds: number
}

/** A role with its policies parsed. `id` is the `AROA…` in AWS user ids. */
export type Role = Omit<RoleDefinition, 'policies' | 'trust'> & {
  id: string
  account: string
  policies: readonly Policy[]
  trust: Policy
}

/** The parameters of a session. Times are epoch milliseconds. */
export type SessionRequest = {
  sessionName: string
  durationSeconds: number
  /** A policy document; it can only narrow the role's permissions. */
  sessionPolicy?: unknown
  tags?: Readonly<Record<string, string>>
  sourceIdentity?: string
}

/** A session of a role, found by its credentials. */
export type Session = {
  role: Role
  name: string
  /** `arn:aws:sts::<account>:assumed-role/<role>/<session>` */
  arn: string
  userId: string
  tags: Readonly<Record<string, string>>
  sourceIdentity?: string
  policy?: Policy
  expiresAt: number
}

export type Credentials = {
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string
  expiration: Date
}

/**
 * `unknownKey`: no such access key, or its role is gone. `badToken`: not one of our tokens, or one for
 * another key.
 */
export type FoundSession =
  | { outcome: 'found'; session: Session; secretAccessKey: string }
  | { outcome: 'unknownKey' | 'badToken' | 'expired' }

/** Issues and recognises the credentials of role sessions; see `createPrincipals`. */
export type Principals = {
  now: () => number
  role: (arn: string) => Role | undefined
  issue: (roleArn: string, request: SessionRequest) => Promise<{ credentials: Credentials; session: Session }>
  find: (accessKeyId: string, sessionToken: string | undefined) => Promise<FoundSession>
}

const Claims = z.object({
  key: z.string(),
  role: z.string(),
  name: z.string(),
  expiresAt: z.number(),
  tags: z.record(z.string(), z.string()),
  sourceIdentity: z.string().optional(),
  policy: z.unknown().optional(),
})

type Claims = z.infer<typeof Claims>

/**
 * A function signs every request with the same token, and decrypting it is most of the check. A token's
 * content never changes.
 */
const rememberedTokens = 1000

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const base32 = (bytes: Uint8Array) => [...bytes].map((byte) => alphabet[byte % 32]).join('')

const readRole = ({ policies, trust, ...role }: RoleDefinition): Role => ({
  ...role,
  account: role.arn.split(':')[4] ?? '',
  id: `AROA${base32(createHmac('sha256', 'role id').update(role.arn).digest().subarray(0, 17))}`,
  policies: policies.map((document) => requirePolicy(document, 'identity', role.arn)),
  trust: requirePolicy(trust, 'trust', `${role.arn} (trust)`),
})

const sessionOf = (role: Role, claims: Claims): Session => ({
  role,
  name: claims.name,
  arn: `arn:aws:sts::${role.account}:assumed-role/${role.name}/${claims.name}`,
  userId: `${role.id}:${claims.name}`,
  tags: claims.tags,
  expiresAt: claims.expiresAt,
  ...(claims.sourceIdentity === undefined ? {} : { sourceIdentity: claims.sourceIdentity }),
  ...(claims.policy === undefined ? {} : { policy: requirePolicy(claims.policy, 'identity', 'a session') }),
})

/**
 * The principals of the local runtime: sessions of the template's roles, and nothing else. Throws, naming the
 * role, if one of its policies is not emulated.
 *
 * Nothing about a session is stored: its token carries everything, encrypted with a key derived from
 * `secret`, and its secret access key is derived from the access key id. So credentials lent before a restart
 * still work after it, as long as `secret` is the same; credentials of a role that has left the template are
 * worthless.
 */
export const createPrincipals = (use: {
  roles: readonly RoleDefinition[]
  secret: string
  now: () => number
}): Principals => {
  const roles = new Map(use.roles.map((role) => [role.arn, readRole(role)]))
  const derive = (purpose: string) => createHmac('sha256', use.secret).update(purpose).digest()
  const tokenKey = derive('session token')
  const secretOf = (accessKeyId: string) =>
    derive(`secret access key ${accessKeyId}`).toString('base64').slice(0, 40)

  const opened = createCache<Claims>(rememberedTokens)
  const readToken = async (token: string): Promise<Claims | undefined> => {
    const known = opened.get(token)
    if (known) return known
    try {
      const { payload } = await jwtDecrypt(token, tokenKey)
      const claims = Claims.safeParse(payload).data
      if (claims) opened.set(token, claims)
      return claims
    } catch {
      // Not one of our tokens, for whatever reason; the caller answers with one code for all of them.
      return undefined
    }
  }

  /**
   * Issues credentials for a role session without a check: the runtime calls it for each function, STS after
   * its own check. Throws if there is no such role or the session policy is not emulated.
   */
  const issue: Principals['issue'] = async (roleArn, request) => {
    const role = roles.get(roleArn)
    if (!role) throw new Error(`No role ${roleArn} in the template`)
    const claims = {
      key: `ASIA${base32(randomBytes(16))}`,
      role: roleArn,
      name: request.sessionName,
      expiresAt: use.now() + request.durationSeconds * 1000,
      tags: { ...request.tags },
      sourceIdentity: request.sourceIdentity,
      policy: request.sessionPolicy,
    }
    const sessionToken = await new EncryptJWT(claims)
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .encrypt(tokenKey)
    const expiration = new Date(claims.expiresAt)
    return {
      credentials: {
        accessKeyId: claims.key,
        secretAccessKey: secretOf(claims.key),
        sessionToken,
        expiration,
      },
      session: sessionOf(role, claims),
    }
  }

  const find: Principals['find'] = async (accessKeyId, sessionToken) => {
    // Every key here is temporary, and AWS rejects a temporary key without its token.
    if (sessionToken === undefined) return { outcome: 'unknownKey' }
    const claims = await readToken(sessionToken)
    if (claims === undefined || claims.key !== accessKeyId) return { outcome: 'badToken' }
    const role = roles.get(claims.role)
    if (role === undefined) return { outcome: 'unknownKey' }
    if (claims.expiresAt <= use.now()) return { outcome: 'expired' }
    return { outcome: 'found', session: sessionOf(role, claims), secretAccessKey: secretOf(accessKeyId) }
  }

  return { now: use.now, role: (arn) => roles.get(arn), issue, find }
}
