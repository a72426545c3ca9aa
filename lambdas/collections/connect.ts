import { connectAircraftPower } from '../debugging/connect.ts'
import { obstacles } from '../debugging/obstacle.ts'
import { connectDocks } from '../docks/machines.ts'
import { expireUnit } from '../logs/begin.ts'
import { hotUploads } from '../logs/hot-upload.ts'
import { listingStore } from '../logs/listings/store.ts'
import { longUploads } from '../logs/long-uploads.ts'
import { uploadOpener } from '../logs/open.ts'
import { uploadReader } from '../logs/store.ts'
import { presenceStore } from '../presence/store.ts'
import { dockStore } from '../registry/store.ts'
import type { Env } from '../runtime/env.ts'
import { newId } from '../runtime/new-id.ts'
import type { Publish } from '../runtime/publish.ts'
import type { LendCredentials } from '../storage/credentials/provider.ts'
import type { Table } from '../table/client.ts'
import { isUpgrading } from '../upgrades/docks/offer.ts'
import { upgradeStore } from '../upgrades/store.ts'
import { runStore } from './run-store.ts'
import { startStore } from './starts.ts'
import { collectionStore } from './store.ts'
import { turnStore } from './turns.ts'

/** Wires what advancing runs needs, for the functions that events and the schedule start. */
export const connectCollections = (
  env: Env,
  table: Table,
  { publish, lend, now = Date.now }: { publish: Publish; lend: LendCredentials; now?: () => number },
) => {
  const docks = dockStore(table)
  const machines = connectDocks(table)
  const upgrades = upgradeStore(table, now)
  return {
    collections: collectionStore(table),
    runs: runStore(table),
    starts: startStore(table),
    turns: turnStore(table),
    docks,
    presence: presenceStore(table),
    listings: listingStore(table),
    uploads: uploadReader(table),
    open: uploadOpener(table),
    hot: hotUploads(table, now),
    publish,
    lend,
    now,
    newId,
    expireUnit: expireUnit(env),
    longUploads: longUploads(env),
    obstacle: obstacles({
      docks: machines,
      foreign: docks,
      isUpgrading: (found, at) => isUpgrading(upgrades, found, at),
    }),
    power: connectAircraftPower(table, machines, publish, now),
  }
}
