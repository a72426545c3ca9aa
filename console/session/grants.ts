import * as z from 'zod/mini'

/**
 * The permissions in a token, used only to hide buttons for requests that the API would refuse: the API
 * decides. Groups are `{permission}` or `{permission}@{fleet}`; scopes are the same after `groundcrew/`.
 */
export type Permission = 'read' | 'operate' | 'download' | 'admin'
export type Grants = {
  /** Whether this is permitted in the fleet; without a fleet, anywhere. */
  may: (permission: Permission, fleet?: string) => boolean
  /** Whether this is permitted in all fleets, present and future. */
  mayInAll: (permission: Permission) => boolean
  /** The visible fleets; undefined for all. */
  fleets: readonly string[] | undefined
}

const Words = z.union([
  z.array(z.string()),
  z.pipe(
    z.string(),
    z.transform((text) => text.split(/\s+/)),
  ),
])
const words = (claim: unknown): string[] => {
  const read = Words.safeParse(claim)
  return read.success ? read.data.filter(Boolean) : []
}

/** The claims of a JWT, unverified; none if the token is opaque. */
export const claimsOf = (token: string): Record<string, unknown> => {
  try {
    const [, payload = ''] = token.split('.')
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (c) =>
      c.charCodeAt(0),
    )
    return z.record(z.string(), z.unknown()).parse(JSON.parse(new TextDecoder().decode(bytes)))
  } catch {
    return {}
  }
}

export const grantsOf = (claims: Record<string, unknown>, groupsClaim: string, groupPrefix = ''): Grants => {
  const scopes = words(claims.scope).flatMap((scope) => scope.match(/^groundcrew\/(.+)$/)?.[1] ?? [])
  const groups = words(claims[groupsClaim]).flatMap((group) =>
    group.startsWith(groupPrefix) ? [group.slice(groupPrefix.length)] : [],
  )
  const grants = [...groups, ...scopes].map((word) => {
    const [permission, fleet] = word.split('@')
    return { permission, fleet }
  })
  const holding = (needed: Permission) =>
    grants.filter(({ permission }) => permission === needed || permission === 'admin')
  const mayInAll = (needed: Permission) => holding(needed).some(({ fleet }) => fleet === undefined)
  return {
    may: (needed, fleet) =>
      holding(needed).some(
        (grant) => grant.fleet === undefined || fleet === undefined || grant.fleet === fleet,
      ),
    mayInAll,
    fleets: mayInAll('read') ? undefined : [...new Set(holding('read').flatMap(({ fleet }) => fleet ?? []))],
  }
}

/** The local operator. */
export const everything: Grants = { may: () => true, mayInAll: () => true, fleets: undefined }

const mayOn =
  (permission: Permission) =>
  ({ may, mayInAll }: Grants, { fleet }: { fleet?: string }): boolean =>
    fleet === undefined ? mayInAll(permission) : may(permission, fleet)

/** Whether the user may operate a record: a record without a fleet concerns all fleets. */
export const mayOperate = mayOn('operate')

/** The same for changing and deleting it. */
export const mayAdminister = mayOn('admin')
