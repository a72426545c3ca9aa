import { expireUnit } from '../../logs/begin.ts'
import { continueUploads } from '../../logs/continue.ts'
import { hotUploads } from '../../logs/hot-upload.ts'
import { listingStore } from '../../logs/listings/store.ts'
import { longUploads } from '../../logs/long-uploads.ts'
import { uploadOpener } from '../../logs/open.ts'
import { uploadReader } from '../../logs/store.ts'
import { presenceStore } from '../../presence/store.ts'
import { dockStore } from '../../registry/store.ts'
import type { Env } from '../../runtime/env.ts'
import { newId } from '../../runtime/new-id.ts'
import { publisher } from '../../runtime/publish.ts'
import { credentialProvider } from '../../storage/credentials/configured.ts'
import { dueItems } from '../../sweeps/due-items.ts'
import { onClock } from '../../sweeps/on-clock.ts'
import { connectTable } from '../../table/client.ts'
import { dueKinds } from '../../table/keys.ts'

const wire = (env: Env): (() => Promise<void>) => {
  const table = connectTable(env)
  return continueUploads({
    docks: dockStore(table),
    presence: presenceStore(table),
    listings: listingStore(table),
    uploads: uploadReader(table),
    due: dueItems(table, dueKinds.followUp),
    open: uploadOpener(table),
    hot: hotUploads(table, Date.now),
    lend: credentialProvider(env),
    publish: publisher(env),
    expireUnit: expireUnit(env),
    longUploads: longUploads(env),
    now: Date.now,
    newId,
  })
}

export const handler = onClock(wire)
