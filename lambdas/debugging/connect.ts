import { presenceStore } from '../presence/store.ts'
import { dockStore } from '../registry/store.ts'
import { newId } from '../runtime/new-id.ts'
import type { Publish } from '../runtime/publish.ts'
import type { Table } from '../table/client.ts'
import type { Docks } from '../upgrades/docks/needs.ts'
import { isUpgrading } from '../upgrades/docks/offer.ts'
import { upgradeStore } from '../upgrades/store.ts'
import { obstacles } from './obstacle.ts'
import { type AircraftPower, aircraftPower } from './power.ts'
import { debugStore } from './store.ts'

/**
 * Wires this for functions that switch aircraft on, and for those that receive docks' replies and reports.
 */
export const connectAircraftPower = (
  table: Table,
  docks: Docks,
  publish: Publish,
  now = Date.now,
): AircraftPower => {
  const upgrades = upgradeStore(table, now)
  return aircraftPower({
    debug: debugStore(table),
    presence: presenceStore(table),
    obstacle: obstacles({
      docks,
      foreign: dockStore(table),
      isUpgrading: (found, at) => isUpgrading(upgrades, found, at),
    }),
    publish,
    now,
    newId,
  })
}
