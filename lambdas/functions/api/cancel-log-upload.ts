import { onHttp } from '../../http/on-http.ts'
import { cancelLogUpload } from '../../logs/cancel.ts'
import { commandStore } from '../../logs/commands.ts'
import { historyStore } from '../../logs/history.ts'
import { hotUploads } from '../../logs/hot-upload.ts'
import { logRoutes } from '../../logs/routes.ts'
import { uploadReader } from '../../logs/store.ts'
import { dockStore } from '../../registry/store.ts'
import { newId } from '../../runtime/new-id.ts'
import { publisher } from '../../runtime/publish.ts'
import { connectTable } from '../../table/client.ts'

export const handler = onHttp(logRoutes, (env) => {
  const table = connectTable(env)
  return cancelLogUpload({
    docks: dockStore(table),
    uploads: uploadReader(table),
    commands: commandStore(table),
    history: historyStore(table),
    hot: hotUploads(table, Date.now),
    publish: publisher(env),
    now: Date.now,
    newId,
  })
})
