import { manageDockAccounts } from '../../accounts/manage.ts'
import { accountRoutes } from '../../accounts/routes.ts'
import { accountStore } from '../../accounts/store.ts'
import { onHttp } from '../../http/on-http.ts'
import { dockStore } from '../../registry/store.ts'
import { disconnecter } from '../../runtime/disconnect.ts'
import { connectTable } from '../../table/client.ts'

export const handler = onHttp(accountRoutes, (env) => {
  const table = connectTable(env)
  return manageDockAccounts({
    accounts: accountStore(table),
    docks: dockStore(table),
    disconnect: disconnecter(env),
    now: Date.now,
  })
})
