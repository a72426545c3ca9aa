import { dockStore } from '../../docks/store.ts'
import { strangeDocks } from '../../docks/strange.ts'
import { env as names } from '../../env.ts'
import { hotUploads } from '../../logs/hot-upload.ts'
import { recordProgress } from '../../logs/record-progress.ts'
import { onQueue } from '../../queue/batch.ts'
import { rejectedStore } from '../../rejected/store.ts'
import { publisher } from '../../runtime/publish.ts'
import { connectTable } from '../../table/client.ts'

export const handler = onQueue((env) => {
  const table = connectTable(env)
  return recordProgress({
    hot: hotUploads(table, Date.now),
    docks: dockStore(table),
    rejected: rejectedStore(table),
    strange: strangeDocks(table, Date.now),
    acknowledge: env[names.acknowledgeEvents] === 'off' ? undefined : publisher(env),
    now: Date.now,
  })
})
