import { iso } from '../http/iso.ts'
import type { View } from '../http/shapes.ts'
import type * as shapes from './shapes.ts'
import type { Account } from './store.ts'

const time = (at: number | undefined): string | undefined => (at === undefined ? undefined : iso(at))

/** An account as the API shows it: never with its password or hash. Pure. */
export const accountView = (account: Account): View<typeof shapes.DockAccount> => ({
  userName: account.userName,
  fleet: account.fleet,
  dockSn: account.dockSn,
  createdAt: iso(account.createdAt),
  createdBy: account.createdBy,
  rotatedAt: time(account.rotatedAt),
  rotatedBy: account.rotatedBy,
  revokedAt: time(account.revokedAt),
  revokedBy: account.revokedBy,
})
