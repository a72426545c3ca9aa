import { strangeDocks } from '../../docks/strange.ts'
import { commandStore } from '../../logs/commands.ts'
import { hotUploads } from '../../logs/hot-upload.ts'
import { listingStore } from '../../logs/listings/store.ts'
import { recordReplies } from '../../logs/record-replies.ts'
import { onQueue } from '../../queue/batch.ts'
import { rejectedStore } from '../../rejected/store.ts'
import { connectTable } from '../../table/client.ts'

export const handler = onQueue((env) => {
  const table = connectTable(env)
  return recordReplies({
    commands: commandStore(table),
    listings: listingStore(table),
    hot: hotUploads(table, Date.now),
    rejected: rejectedStore(table),
    strange: strangeDocks(table, Date.now),
  })
})
