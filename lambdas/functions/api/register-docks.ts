import { registerDocks } from '../../docks/register.ts'
import { dockRoutes } from '../../docks/routes.ts'
import { onHttp } from '../../http/on-http.ts'
import { dockStore } from '../../registry/store.ts'
import { connectTable } from '../../table/client.ts'

export const handler = onHttp(dockRoutes, (env) =>
  registerDocks({ docks: dockStore(connectTable(env)), now: Date.now }),
)
