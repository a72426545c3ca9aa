import * as z from 'zod/mini'
import type { Table } from '../table/client.ts'
import { aircraftKey, deviceKey, dockKey, ownerKey } from '../table/keys.ts'
import { readAll } from '../table/pages.ts'

/**
 * Whose an aircraft is. Docks, relays and people name aircraft by serial numbers, and may name any: of another
 * dock, of another fleet, or of no aircraft at all.
 */

const AircraftItem = z.object({ dockSn: z.optional(z.string()) })
const DeviceItem = z.object({ parentId: z.optional(z.string()), fleet: z.optional(z.string()) })

/** `dockSn`: the dock that it belongs to, or that it is; `fleet`: of the device by this name, where no dock is known. */
export type Owner = { dockSn?: string | undefined; fleet?: string | undefined }
export type AircraftOwners = (sns: readonly string[], consistent?: boolean) => Promise<Owner[]>

/** By what docks said of it, where they say it to us; else as it was registered. */
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
      // One that has an account is a dock, too, though it was never registered.
      if (dock ?? account) return { dockSn: sn }
      const { dockSn } = AircraftItem.parse(aircraft ?? {})
      const { parentId, fleet } = DeviceItem.parse(device ?? {})
      return { dockSn: dockSn ?? parentId, fleet }
    })
  }

/** Whether a dock may speak for an aircraft that it names, and is told of it: its own, or one that nobody else has. */
export const isOwnAircraft = (dock: { dockSn: string; fleet: string }, owner: Owner = {}): boolean =>
  owner.dockSn === undefined ? (owner.fleet ?? dock.fleet) === dock.fleet : owner.dockSn === dock.dockSn
