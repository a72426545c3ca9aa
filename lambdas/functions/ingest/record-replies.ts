import { connectAircraftPower } from '../../debugging/connect.ts'
import { recordDebugReplies } from '../../debugging/record.ts'
import { connectDocks } from '../../docks/machines.ts'
import { commandStore } from '../../logs/commands.ts'
import { hotUploads } from '../../logs/hot-upload.ts'
import { listingStore } from '../../logs/listings/store.ts'
import { recordReplies } from '../../logs/record-replies.ts'
import { recordPresence } from '../../presence/record.ts'
import { presenceStore } from '../../presence/store.ts'
import { onQueue, splitBatch } from '../../queue/batch.ts'
import { unregisteredDocks } from '../../registry/unregistered.ts'
import { rejectedStore } from '../../rejected/store.ts'
import { publisher } from '../../runtime/publish.ts'
import { connectTable } from '../../table/client.ts'
import { recordOfferReplies, recordVersions } from '../../upgrades/docks/record.ts'
import { upgradeStore } from '../../upgrades/store.ts'
import { takeDockProgress } from '../dock-progress.ts'

/**
 * Records docks' replies to commands, and what has too little traffic for a queue of its own: signs of
 * presence (ADR 0030), versions and replies for upgrades of docks (ADR 0032), and replies for debug modes
 * (ADR 0041). Also records reports that end something, which must not wait for a batch (ADR 0042).
 */
export const handler = onQueue((env) => {
  const table = connectTable(env)
  const rejected = rejectedStore(table)
  const replies = recordReplies({
    commands: commandStore(table),
    listings: listingStore(table),
    hot: hotUploads(table, Date.now),
    rejected,
    unregistered: unregisteredDocks(table, Date.now),
  })
  const presence = recordPresence({ presence: presenceStore(table), rejected, now: Date.now })
  const upgrades = upgradeStore(table, Date.now)
  const docks = connectDocks(table)
  const ofUpgrades = { upgrades, docks, rejected, now: Date.now }
  const [offerReplies, versions] = [recordOfferReplies(ofUpgrades), recordVersions(ofUpgrades)]
  const debugReplies = recordDebugReplies({
    power: connectAircraftPower(table, docks, publisher(env)),
    rejected,
  })
  const takeProgress = takeDockProgress(env, table)
  return async (event) => {
    const { own, progress, other } = splitBatch(event)
    // A version proves an upgrade only after the dock is known to have reconnected.
    const onPresence = async () => [...(await presence(other)), ...(await versions(other))]
    const answered = [replies(own), offerReplies(own), debugReplies(own)]
    const failed = await Promise.all([...answered, takeProgress(progress), onPresence()])
    return [...new Set(failed.flat())]
  }
})
