import { dockStore } from '../../docks/store.ts'
import { strangeDocks } from '../../docks/strange.ts'
import { onHttp } from '../../http/on-http.ts'
import { historyStore } from '../../logs/history.ts'
import { listingStore } from '../../logs/listings/store.ts'
import { type ReadRoute, readRecords } from '../../logs/read.ts'
import { uploadReader } from '../../logs/store.ts'
import { rejectedStore } from '../../rejected/store.ts'
import { connectTable } from '../../table/client.ts'

export const handler = onHttp<ReadRoute>((env) => {
  const table = connectTable(env)
  return readRecords({
    docks: dockStore(table),
    listings: listingStore(table),
    uploads: uploadReader(table),
    history: historyStore(table),
    rejected: rejectedStore(table),
    strange: strangeDocks(table, Date.now),
    now: Date.now,
  })
})
