import { strangeDocks } from '../../docks/strange.ts'
import { commandStore } from '../../logs/commands.ts'
import { hotUploads } from '../../logs/hot-upload.ts'
import { listingStore } from '../../logs/listings/store.ts'
import { recordReplies } from '../../logs/record-replies.ts'
import { recordPresence } from '../../presence/record.ts'
import { presenceStore } from '../../presence/store.ts'
import { onQueue, splitBatch } from '../../queue/batch.ts'
import { rejectedStore } from '../../rejected/store.ts'
import { connectTable } from '../../table/client.ts'

/** Docks' answers to commands and, since it is little, what tells whether docks are there (ADR 0030). */
export const handler = onQueue((env) => {
  const table = connectTable(env)
  const rejected = rejectedStore(table)
  const replies = recordReplies({
    commands: commandStore(table),
    listings: listingStore(table),
    hot: hotUploads(table, Date.now),
    rejected,
    strange: strangeDocks(table, Date.now),
  })
  const presence = recordPresence({ presence: presenceStore(table), rejected, now: Date.now })
  return async (event) => {
    const { own, other } = splitBatch(event)
    const [one, more] = await Promise.all([replies(own), presence(other)])
    return [...one, ...more]
  }
})
