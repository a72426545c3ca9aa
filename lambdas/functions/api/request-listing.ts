import { idempotencyStore } from '../../http/idempotency.ts'
import { onHttp } from '../../http/on-http.ts'
import { requestListing } from '../../logs/listings/request.ts'
import { listingStore } from '../../logs/listings/store.ts'
import { logRoutes } from '../../logs/routes.ts'
import { presenceStore } from '../../presence/store.ts'
import { dockStore } from '../../registry/store.ts'
import { newId } from '../../runtime/new-id.ts'
import { publisher } from '../../runtime/publish.ts'
import { connectTable } from '../../table/client.ts'

export const handler = onHttp(logRoutes, (env) => {
  const table = connectTable(env)
  return requestListing({
    docks: dockStore(table),
    presence: presenceStore(table),
    listings: listingStore(table),
    idempotency: idempotencyStore(table),
    publish: publisher(env),
    now: Date.now,
    newId,
  })
})
