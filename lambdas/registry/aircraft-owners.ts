import * as z from 'zod/mini'
import type { Table } from '../table/client.ts'
import { aircraftKey, deviceKey, dockKey, ownerKey } from '../table/keys.ts'
import { readAll } from '../table/pages.ts'

/**
 * Which dock an aircraft belongs to. Docks, relays and people name aircraft by serial number, and may name
 * any: one of another dock or fleet, or one that does not exist.
 */

const AircraftItem = z.object({ dockSn: z.optional(z.string()) })
const DeviceItem = z.object({ parentId: z.optional(z.string()), fleet: z.optional(z.string()) })

/**
 * `dockSn`: the dock that it belongs to, or that it is. `fleet`: of the device with this id, if no dock is
 * known.
 */
export type Owner = { dockSn?: string | undefined; fleet?: string | undefined }
export type AircraftOwners = (sns: readonly string[], consistent?: boolean) => Promise<Owner[]>

/** As docks report it, if they report to us; otherwise as registered. */
export const aircraftOwners =
  (table: Table): AircraftOwners =>
  async (sns, consistent = false) => {
    const kinds = [dockKey, ownerKey, aircraftKey, deviceKey]
    const items = await readAll(
      table,
      kinds.flatMap((keyOf) => sns.map(keyOf)),
      consistent,
    )
    return sns.map((sn, n) => {
      const [dock, account, aircraft, device] = kinds.map((_, kind) => items[kind * sns.length + n])
      // A machine with an account is a dock too, even if it was never registered.
      if (dock ?? account) return { dockSn: sn }
      const { dockSn } = AircraftItem.parse(aircraft ?? {})
      const { parentId, fleet } = DeviceItem.parse(device ?? {})
      return { dockSn: dockSn ?? parentId, fleet }
    })
  }

/**
 * Whether a dock may speak for an aircraft that it names, and receive data about it: its own, or one without
 * an owner.
 */
export const isOwnAircraft = (dock: { dockSn: string; fleet: string }, owner: Owner = {}): boolean =>
  owner.dockSn === undefined ? (owner.fleet ?? dock.fleet) === dock.fleet : owner.dockSn === dock.dockSn
