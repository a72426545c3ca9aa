import * as z from 'zod/mini'
import { Count, Fleet, Id, Name, Time } from '../http/shapes.ts'

/** Organizations and their binding codes, as JSON over HTTP. */

/** What an operator types at the dock: letters and digits, so that it needs no other keyboard. */
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

/** `uses`: docks that may bind with it; `fleet`: docks that bind are registered in it, or must be of it. */
export const BindingCodeInput = z.strictObject({
  uses: z.optional(z.int().check(z.gte(1), z.lte(1000))),
  expiresInHours: z.optional(z.int().check(z.gte(1), z.lte(2160))),
  fleet: z.optional(Fleet),
})

/** `hint`: its last four characters; `usedBy`: the docks that bound with it last. */
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

/** The code itself is in this answer and nowhere else: only its hash is kept. */
export const NewBindingCode = z.object({ ...bindingCode, code: z.string() })
