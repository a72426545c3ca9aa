import { readFile } from 'node:fs/promises'
import { readAlarmRecords } from '../../alarms/read.ts'
import { alarmRoutes } from '../../alarms/routes.ts'
import { alarmStore } from '../../alarms/store.ts'
import { readCollections } from '../../collections/read.ts'
import { collectionRoutes } from '../../collections/routes.ts'
import { runStore } from '../../collections/run-store.ts'
import { collectionStore } from '../../collections/store.ts'
import { documentRoutes } from '../../contract/document-routes.ts'
import { readDocuments } from '../../contract/read-documents.ts'
import { readDebugMode } from '../../debugging/manage.ts'
import { debugRoutes } from '../../debugging/routes.ts'
import { debugStore } from '../../debugging/store.ts'
import { dockLooks } from '../../docks/looks.ts'
import { readDocks } from '../../docks/read.ts'
import { dockRoutes } from '../../docks/routes.ts'
import { onHttp } from '../../http/on-http.ts'
import { historyStore } from '../../logs/history.ts'
import { listingStore } from '../../logs/listings/store.ts'
import { readLogs } from '../../logs/read.ts'
import { logRoutes } from '../../logs/routes.ts'
import { uploadReader } from '../../logs/store.ts'
import { readOverview } from '../../overview/read.ts'
import { overviewRoutes } from '../../overview/routes.ts'
import { overviewStore } from '../../overview/store.ts'
import { presenceStore } from '../../presence/store.ts'
import { aircraftOwners } from '../../registry/aircraft-owners.ts'
import { removedDocks } from '../../registry/removed.ts'
import { dockStore } from '../../registry/store.ts'
import { unregisteredDocks } from '../../registry/unregistered.ts'
import { readRejected } from '../../rejected/read.ts'
import { rejectedRoutes } from '../../rejected/routes.ts'
import { rejectedStore } from '../../rejected/store.ts'
import { connectTable } from '../../table/client.ts'

/** All reads except those of devices, campaigns and packages. Only reads, so that it needs no other right. */
const routes = {
  ...documentRoutes,
  ...overviewRoutes,
  ...dockRoutes,
  ...debugRoutes,
  ...logRoutes,
  ...collectionRoutes,
  ...alarmRoutes,
  ...rejectedRoutes,
}

export const handler = onHttp(routes, (env) => {
  const table = connectTable(env)
  const [docks, removed] = [dockStore(table), removedDocks(table)]
  const uploads = uploadReader(table)
  const now = Date.now
  return {
    ...readDocuments((name) => readFile(new URL(name, import.meta.url), 'utf8')),
    ...readOverview({ overview: overviewStore(table), now }),
    ...readDocks({
      looks: dockLooks(table),
      uploads,
      presence: presenceStore(table),
      unregistered: unregisteredDocks(table, now),
      owners: aircraftOwners(table),
      now,
    }),
    ...readAlarmRecords({ removed, alarms: alarmStore(table) }),
    ...readDebugMode({ docks, debug: debugStore(table) }),
    ...readLogs({
      docks,
      removed,
      listings: listingStore(table),
      uploads,
      history: historyStore(table),
      now,
    }),
    ...readCollections({ collections: collectionStore(table), runs: runStore(table) }),
    ...readRejected({ rejected: rejectedStore(table) }),
  }
})
