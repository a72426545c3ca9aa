import { idempotencyStore } from '../../http/idempotency.ts'
import { onHttp } from '../../http/on-http.ts'
import { expireUnit } from '../../logs/begin.ts'
import { hotUploads } from '../../logs/hot-upload.ts'
import { listingStore } from '../../logs/listings/store.ts'
import { longUploads } from '../../logs/long-uploads.ts'
import { uploadOpener } from '../../logs/open.ts'
import { retryUpload } from '../../logs/retry.ts'
import { logRoutes } from '../../logs/routes.ts'
import { type Needs, startLogUpload } from '../../logs/start.ts'
import { uploadReader } from '../../logs/store.ts'
import { presenceStore } from '../../presence/store.ts'
import { dockStore } from '../../registry/store.ts'
import { type Env, env as names } from '../../runtime/env.ts'
import { newId } from '../../runtime/new-id.ts'
import { publisher } from '../../runtime/publish.ts'
import { credentialProvider } from '../../storage/credentials/configured.ts'
import { connectTable } from '../../table/client.ts'

const wire = (env: Env): Needs => {
  const table = connectTable(env)
  return {
    docks: dockStore(table),
    presence: presenceStore(table),
    listings: listingStore(table),
    idempotency: idempotencyStore(table),
    open: uploadOpener(table),
    hot: hotUploads(table, Date.now),
    uploads: uploadReader(table),
    lend: credentialProvider(env),
    publish: publisher(env),
    expireUnit: expireUnit(env),
    autoRetries: Number(env[names.autoRetries] ?? 0),
    longUploads: longUploads(env),
    now: Date.now,
    newId,
  }
}

export const handler = onHttp(logRoutes, (env) => {
  const use = wire(env)
  return { ...startLogUpload(use), ...retryUpload(use) }
})
