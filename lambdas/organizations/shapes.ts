import * as z from 'zod/mini'
import { Count, Fleet, Id, Name, Time } from '../http/shapes.ts'

/** Organizations and their binding codes, as JSON over HTTP. */

/**
 * Operators type it at the dock: it consists of letters, digits, `_` and `-`, so that it needs no other
 * keyboard.
 */
export const OrganizationId = z
  .string()
  .check(z.regex(/^[A-Za-z0-9_-]{1,32}$/, 'must be 1 to 32 of A-Z a-z 0-9 _ -'))

export const BindingCodeId = Id

export const OrganizationInput = z.strictObject({ name: Name })

export const Organization = z.object({
  id: z.string(),
  name: z.string(),
  createdAt: Time,
  createdBy: z.string(),
})

/**
 * `uses`: how many docks may bind with it; `fleet`: the fleet in which these docks are registered, or already
 * are.
 */
export const BindingCodeInput = z.strictObject({
  uses: z.optional(z.int().check(z.gte(1), z.lte(1000))),
  expiresInHours: z.optional(z.int().check(z.gte(1), z.lte(2160))),
  fleet: z.optional(Fleet),
})

/** `hint`: its last four characters; `usedBy`: the docks that last bound with it. */
const bindingCode = {
  id: z.string(),
  hint: z.string(),
  state: z.enum(['usable', 'used', 'expired', 'revoked']),
  usesLeft: Count,
  fleet: z.optional(z.string()),
  expiresAt: Time,
  createdAt: Time,
  createdBy: z.string(),
  revokedAt: z.optional(Time),
  revokedBy: z.optional(z.string()),
  usedBy: z.array(z.object({ dockSn: z.string(), at: Time })),
}

export const BindingCode = z.object(bindingCode)

/** Only this answer has the code itself: only its hash is stored. */
export const NewBindingCode = z.object({ ...bindingCode, code: z.string() })
