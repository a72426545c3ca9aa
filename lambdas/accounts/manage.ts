import type { Handlers } from '../http/on-http.ts'
import {
  dockAccountRevoked,
  dockHasAccount,
  done,
  type HttpReply,
  ok,
  problem,
  unknownDock,
  unknownDockAccount,
} from '../http/reply.ts'
import type { dockStore } from '../registry/store.ts'
import type { Disconnect } from '../runtime/disconnect.ts'
import { type Fleets, includes, narrowed } from '../table/fleets.ts'
import type { accountRoutes } from './routes.ts'
import { hashOf, newPassword, newUserName } from './secrets.ts'
import type { Account, AccountStore } from './store.ts'
import { accountView } from './view.ts'

/** Creates, lists, rotates and revokes the accounts with which docks log in. */

type Needs = {
  accounts: AccountStore
  docks: Pick<ReturnType<typeof dockStore>, 'find'>
  disconnect: Disconnect
  now: () => number
}

type DockAccountRoute = 'createDockAccount' | 'listDockAccounts' | 'rotateDockAccount' | 'revokeDockAccount'

/** These are the only answers with a password, so that no cache may store them. */
const withPassword = (status: number, account: Account, password: string): HttpReply => ({
  status,
  body: { ...accountView(account), password },
  headers: { 'cache-control': 'no-store' },
})

/** Tries against taken user names, which practically never occur; more than this is a fault elsewhere. */
const maxTries = 3

export const manageDockAccounts = ({
  accounts,
  docks,
  disconnect,
  now,
}: Needs): Handlers<typeof accountRoutes, DockAccountRoute> => {
  /** Whether the dock is in that fleet, or not registered while the caller may register it. */
  const mayHave = async (dockSn: string, fleet: string, fleets: Fleets): Promise<boolean> => {
    const dock = await docks.find(dockSn, 'all')
    return dock ? dock.fleet === fleet : fleets === 'all'
  }

  /**
   * Disconnects the account's clients: IoT Core checks a connection's password again only every five minutes.
   */
  const cutOff = ({ dockSn, clientIds }: Account): Promise<unknown> =>
    Promise.all([...new Set([...(dockSn === undefined ? [] : [dockSn]), ...clientIds])].map(disconnect))

  return {
    createDockAccount: async ({ body: { fleet, dockSn }, caller, fleets }) => {
      if (!includes(fleets, fleet))
        return problem('not-permitted', 'This needs the permission admin for that fleet.')
      if (dockSn !== undefined && !(await mayHave(dockSn, fleet, fleets))) return unknownDock(dockSn)
      for (let attempt = 0; attempt < maxTries; attempt++) {
        const password = newPassword()
        const account: Account = {
          userName: newUserName(),
          fleet,
          ...(dockSn !== undefined && { dockSn }),
          passwordHash: hashOf(password),
          createdAt: now(),
          createdBy: caller.name,
          clientIds: [],
        }
        const outcome = await accounts.create(account)
        if (outcome === 'created') return withPassword(201, account, password)
        if (outcome === 'dockTaken' && dockSn !== undefined) return dockHasAccount(dockSn)
      }
      return problem('try-again', 'No free user name was found.')
    },

    listDockAccounts: async ({ query, fleets }) => {
      const { items, next } = await accounts.list(narrowed(fleets, query.fleet), query)
      return ok({ items: items.map(accountView), next })
    },

    rotateDockAccount: async ({ params: { userName }, caller, fleets }) => {
      if (!(await accounts.find(userName, fleets))) return unknownDockAccount(userName)
      const password = newPassword()
      const change = { passwordHash: hashOf(password), rotatedAt: now(), rotatedBy: caller.name }
      const account = await accounts.rotate(userName, change)
      if (!account) return dockAccountRevoked(userName)
      await cutOff(account)
      return withPassword(200, account, password)
    },

    revokeDockAccount: async ({ params: { userName }, caller, fleets }) => {
      for (let attempt = 0; attempt < maxTries; attempt++) {
        const account = await accounts.find(userName, fleets)
        if (!account) return unknownDockAccount(userName)
        const by = { revokedAt: now(), revokedBy: caller.name }
        // Nothing is disconnected, since its dock may have another account by now.
        if (account.revokedAt !== undefined) return done()
        // The account was assigned to a dock at this very moment: it is read again.
        if (!(await accounts.revoke(account, by))) continue
        await cutOff(account)
        return done()
      }
      return problem('try-again', 'The account changed at the same moment.')
    },
  }
}
