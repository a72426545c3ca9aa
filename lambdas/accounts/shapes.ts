import * as z from 'zod/mini'
import { Fleet, Sn, Time } from '../http/shapes.ts'
import { userNamePattern } from './secrets.ts'

/** Accounts with which docks log in, as JSON over HTTP. */

export const UserName = z.string().check(z.regex(userNamePattern, 'must be the user name of an account'))

export const DockAccountInput = z.strictObject({ fleet: Fleet, dockSn: z.optional(Sn) })

const account = {
  userName: z.string(),
  fleet: z.string(),
  dockSn: z.optional(z.string()),
  createdAt: Time,
  createdBy: z.string(),
  rotatedAt: z.optional(Time),
  rotatedBy: z.optional(z.string()),
  revokedAt: z.optional(Time),
  revokedBy: z.optional(z.string()),
}

export const DockAccount = z.object(account)

/** Only this answer has the `password`: only its hash is stored. */
export const DockAccountWithPassword = z.object({ ...account, password: z.string() })
