import * as z from 'zod/mini'
import { none, route } from '../http/route.ts'
import { Fleet, PageQuery, page } from '../http/shapes.ts'
import { DockAccount, DockAccountInput, DockAccountWithPassword, UserName } from './shapes.ts'

/** Routes of docks' accounts. */

const account = z.object({ userName: UserName })
const common = { permission: 'admin', function: 'manage-dock-accounts', onlyWith: 'dockLogin' } as const

export const accountRoutes = {
  createDockAccount: route({
    ...common,
    method: 'POST',
    path: '/v1/dock-accounts',
    summary:
      'Make an account for one dock, with a password that only this answer shows; without `dockSn` it belongs ' +
      'to the first dock that connects with it',
    fleets:
      'For the fleet in the request, in which `dockSn` must be; for all fleets if that dock is not registered yet.',
    params: none,
    query: none,
    body: DockAccountInput,
    output: DockAccountWithPassword,
    success: 201,
  }),
  listDockAccounts: route({
    ...common,
    method: 'GET',
    path: '/v1/dock-accounts',
    summary: 'Accounts of docks, by user name, including revoked ones until they expire',
    params: none,
    query: z.strictObject({ ...PageQuery, fleet: z.optional(Fleet) }),
    output: page(DockAccount),
    success: 200,
  }),
  rotateDockAccount: route({
    ...common,
    method: 'POST',
    path: '/v1/dock-accounts/{userName}/rotate',
    summary: 'Replace the password; only this answer shows the new one, and connections with the old one end',
    params: account,
    query: none,
    output: DockAccountWithPassword,
    success: 200,
  }),
  revokeDockAccount: route({
    ...common,
    method: 'DELETE',
    path: '/v1/dock-accounts/{userName}',
    summary: 'Revoke an account for good: its connections end, and its dock may get another',
    params: account,
    query: none,
    output: none,
    success: 204,
  }),
} as const
