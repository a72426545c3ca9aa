import { debugStore } from '../../debugging/store.ts'
import { dockAtWork } from '../../docks/at-work.ts'
import { connectDocks } from '../../docks/machines.ts'
import { removeDocks } from '../../docks/remove.ts'
import { dockRoutes } from '../../docks/routes.ts'
import { onHttp } from '../../http/on-http.ts'
import { listingStore } from '../../logs/listings/store.ts'
import { uploadReader } from '../../logs/store.ts'
import { bindings } from '../../organizations/bindings.ts'
import { removedDocks } from '../../registry/removed.ts'
import { dockStore } from '../../registry/store.ts'
import { connectTable } from '../../table/client.ts'
import { drivenAttempts } from '../../upgrades/open-attempts.ts'
import { upgradeStore } from '../../upgrades/store.ts'

export const handler = onHttp(dockRoutes, (env) => {
  const table = connectTable(env)
  const atWork = dockAtWork({
    uploads: uploadReader(table),
    listings: listingStore(table),
    debug: debugStore(table),
    machines: connectDocks(table),
    drivenAt: drivenAttempts(upgradeStore(table, Date.now)),
  })
  return removeDocks({
    docks: dockStore(table),
    removed: removedDocks(table),
    atWork,
    unbind: (dockSn, by) => bindings(table).unbind(dockSn, 'all', by),
    now: Date.now,
  })
})
