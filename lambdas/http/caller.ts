import { invisible } from '../../protocols/invisible.ts'
import { type Env, env as names } from '../env.ts'
import { systemNames } from '../runtime/system-names.ts'
import type { Fleets } from '../table/pages.ts'
import { type Permission, permissions } from './route.ts'

/**
 * Who calls, and what they may do where. The authorizer has checked the token; here its claims become grants.
 * Machine clients carry scopes `groundcrew/{permission}`, people are in groups `{permission}`; `@{fleet}`
 * after either limits the grant to that fleet. `admin` includes the others except `ingest`.
 *
 * API Gateway hands a list over as `[one two]`, in which a group with a space looks like two. Where an issuer
 * has such groups, ours begin with a prefix there, so that no part of another is taken for one of them.
 */
export type Caller = {
  /** Stable and unique: the token's subject. */
  id: string
  /** What records say of who did it. */
  name: string
  grants: readonly Grant[]
}

export type Grant = { permission: Permission; fleet?: string | undefined }

/** As API Gateway hands them over: values are strings, a list is `[a b]`. */
export type Claims = Readonly<Record<string, unknown>>

/**
 * Whether the token was made for an API. The JWT authorizer takes an ID token as well: its `aud` is the
 * client, which is the audience of Cognito's access tokens too. But an ID token is for the client alone, and
 * no scope limits it.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 *
 * Cognito tells them apart by `token_use`, Keycloak by `typ`; and the hash of the access token or the code is
 * in ID tokens alone (OpenID Connect Core 1.0, sections 3.1.3.6 and 3.3.2.11).
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

/** A name that reads like the system's own has the subject behind it: a history must not blame the system. */
const ownName = (name: string, id: string): string => {
  const read = name.normalize('NFKC').replaceAll(unread, '').toLowerCase()
  return Object.values<string>(systemNames).includes(read) ? `${name} (${id})` : name
}

const unread = new RegExp(`[\\s${invisible}\\p{Variation_Selector}]`, 'gu')

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
