import { invisible } from '../../protocols/invisible.ts'
import { type Env, env as names } from '../runtime/env.ts'
import { systemNames } from '../runtime/system-names.ts'
import type { Fleets } from '../table/fleets.ts'
import { type Permission, permissions } from './route.ts'

/**
 * The caller and their grants. The authorizer has checked the token; this turns its claims into grants.
 * Machine clients have scopes `groundcrew/{permission}`, people are in groups `{permission}`; `@{fleet}`
 * after either limits the grant to that fleet. `admin` includes the others except `ingest`.
 *
 * API Gateway passes a list as `[one two]`, so a group name with a space looks like two groups. If the issuer
 * has such groups, a prefix on our groups keeps a part of another group's name from being taken for one of
 * them.
 */

export type Caller = {
  /** Stable and unique: the token's subject. */
  id: string
  /** The name that records and histories show. */
  name: string
  grants: readonly Grant[]
}

export type Grant = { permission: Permission; fleet?: string | undefined }

/** As API Gateway passes them: values are strings, a list is `[a b]`. */
export type Claims = Readonly<Record<string, unknown>>

/**
 * Whether the token is an access token. The JWT authorizer also accepts ID tokens: their `aud` is the client
 * id, which it also accepts for Cognito's access tokens. But an ID token is meant only for the client, and no
 * scope limits it.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 *
 * Cognito distinguishes them by `token_use`, Keycloak by `typ`. Only ID tokens contain the hash of the access
 * token or the code (OpenID Connect Core 1.0, sections 3.1.3.6 and 3.3.2.11).
 * https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html
 */
export const isAccessToken = (claims: Claims): boolean => {
  if (claims.token_use !== undefined) return claims.token_use === 'access'
  return claims.typ !== 'ID' && claims.at_hash === undefined && claims.c_hash === undefined
}

export const callerOf = (claims: Claims, env: Env): Caller => {
  const scopes = words(claims.scope).flatMap((scope) =>
    scope.startsWith('groundcrew/') ? [scope.slice('groundcrew/'.length)] : [],
  )
  const prefix = env[names.groupPrefix] ?? ''
  const groups = words(claims[env[names.groupsClaim] ?? 'cognito:groups']).flatMap((group) =>
    group.startsWith(prefix) ? [group.slice(prefix.length)] : [],
  )
  const id = text(claims.sub) ?? text(claims.client_id) ?? 'unknown'
  const name = text(claims.username) ?? text(claims['cognito:username']) ?? text(claims.client_id) ?? id
  return { id, name: ownName(name, id), grants: [...scopes, ...groups].flatMap(readGrant) }
}

/**
 * Appends the subject to a name that looks like one of the system's own, so that no history attributes an
 * action of a caller to the system.
 */
const ownName = (name: string, id: string): string => {
  const visible = name.normalize('NFKC').replaceAll(unseen, '').toLowerCase()
  return Object.values<string>(systemNames).includes(visible) ? `${name} (${id})` : name
}

const unseen = new RegExp(`[\\s${invisible}\\p{Variation_Selector}]`, 'gu')

const text = (claim: unknown): string | undefined =>
  typeof claim === 'string' && claim !== '' ? claim : undefined

const words = (claim: unknown): string[] => {
  if (Array.isArray(claim)) return claim.filter((item) => typeof item === 'string')
  return (
    text(claim)
      ?.replace(/^\[|\]$/g, '')
      .split(/\s+/)
      .filter(Boolean) ?? []
  )
}

const readGrant = (word: string): Grant[] => {
  const [name, fleet, ...rest] = word.split('@')
  const permission = permissions.find((known) => known === name)
  return permission && rest.length === 0 ? [{ permission, fleet }] : []
}

/** The fleets in which the caller holds the permission; undefined: nowhere. */
export const fleetsWith = ({ grants }: Caller, permission: Permission): Fleets | undefined => {
  const held = grants.filter(
    (grant) => grant.permission === permission || (grant.permission === 'admin' && permission !== 'ingest'),
  )
  if (held.length === 0) return undefined
  const fleets = held.flatMap(({ fleet }) => fleet ?? [])
  return fleets.length < held.length ? 'all' : [...new Set(fleets)]
}
