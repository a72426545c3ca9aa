import { iso } from '../http/iso.ts'
import type { View } from '../http/shapes.ts'
import { codeState } from './decide-bind.ts'
import type * as shapes from './shapes.ts'
import type { BindingCode, Organization } from './store.ts'

/** Organizations and codes as the API shows them. Pure. */

export const organizationView = ({ createdAt, ...rest }: Organization): View<typeof shapes.Organization> => ({
  ...rest,
  createdAt: iso(createdAt),
})

export const bindingCodeView = (code: BindingCode, now: number): View<typeof shapes.BindingCode> => {
  const {
    id,
    hint,
    usesLeft,
    goodUntil,
    fleet,
    createdAt,
    createdBy,
    revokedAt,
    revokedBy,
    usedBy = [],
  } = code
  return {
    id,
    hint,
    state: codeState(code, now),
    usesLeft,
    fleet,
    expiresAt: iso(goodUntil),
    createdAt: iso(createdAt),
    createdBy,
    revokedAt: revokedAt === undefined ? undefined : iso(revokedAt),
    revokedBy,
    usedBy: usedBy.map(({ dockSn, at }) => ({ dockSn, at: iso(at) })),
  }
}
