import { manageCollections } from '../../collections/manage.ts'
import { collectionRoutes } from '../../collections/routes.ts'
import { runStore } from '../../collections/run-store.ts'
import { startStore } from '../../collections/starts.ts'
import { collectionStore } from '../../collections/store.ts'
import { idempotencyStore } from '../../http/idempotency.ts'
import { onHttp } from '../../http/on-http.ts'
import { dockStore } from '../../registry/store.ts'
import { newId } from '../../runtime/new-id.ts'
import { connectTable } from '../../table/client.ts'

export const handler = onHttp(collectionRoutes, (env) => {
  const table = connectTable(env)
  return manageCollections({
    collections: collectionStore(table),
    runs: runStore(table),
    starts: startStore(table),
    docks: dockStore(table),
    idempotency: idempotencyStore(table),
    now: Date.now,
    newId,
  })
})
