import { onHttp } from '../../http/on-http.ts'
import { downloadArchive } from '../../logs/archives/download.ts'
import { historyStore } from '../../logs/history.ts'
import { logRoutes } from '../../logs/routes.ts'
import { uploadReader } from '../../logs/store.ts'
import { removedDocks } from '../../registry/removed.ts'
import { archives } from '../../storage/archives/configured.ts'
import { connectTable } from '../../table/client.ts'

export const handler = onHttp(logRoutes, (env) => {
  const table = connectTable(env)
  return downloadArchive({
    docks: removedDocks(table),
    uploads: uploadReader(table),
    history: historyStore(table),
    archives: archives(env),
    now: Date.now,
  })
})
