import { onHttp } from '../../http/on-http.ts'
import { lendCredentials } from '../../logs/archives/lend-credentials.ts'
import { historyStore } from '../../logs/history.ts'
import { logRoutes } from '../../logs/routes.ts'
import { uploadReader } from '../../logs/store.ts'
import { dockStore } from '../../registry/store.ts'
import { credentialProvider } from '../../storage/credentials/configured.ts'
import { connectTable } from '../../table/client.ts'

export const handler = onHttp(logRoutes, (env) => {
  const table = connectTable(env)
  return lendCredentials({
    docks: dockStore(table),
    uploads: uploadReader(table),
    history: historyStore(table),
    lend: credentialProvider(env),
    now: Date.now,
  })
})
