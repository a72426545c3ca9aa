import { onHttp } from '../../http/on-http.ts'
import { deleteArchive } from '../../logs/archives/delete.ts'
import { historyStore } from '../../logs/history.ts'
import { hotUploads } from '../../logs/hot-upload.ts'
import { logRoutes } from '../../logs/routes.ts'
import { uploadReader } from '../../logs/store.ts'
import { removedDocks } from '../../registry/removed.ts'
import { archives } from '../../storage/archives/configured.ts'
import { connectTable } from '../../table/client.ts'

export const handler = onHttp(logRoutes, (env) => {
  const table = connectTable(env)
  return deleteArchive({
    docks: removedDocks(table),
    uploads: uploadReader(table),
    history: historyStore(table),
    hot: hotUploads(table, Date.now),
    archives: archives(env),
    now: Date.now,
  })
})
