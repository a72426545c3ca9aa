import type { Mode } from '../../protocols/dji-dock/modes.ts'
import { isOwed } from '../debugging/session.ts'
import { debugStore } from '../debugging/store.ts'
import type { PresenceRegisters } from '../presence/registers.ts'
import { type Aircraft, aircraftOf, cameAt, isOffline, type Known, modeOf } from '../presence/state.ts'
import { presenceStore } from '../presence/store.ts'
import { type AircraftOwners, aircraftOwners, isOwnAircraft } from '../registry/aircraft-owners.ts'
import { type Dock, dockStore } from '../registry/store.ts'
import type { Table } from '../table/client.ts'

/**
 * The machines of a dock that can be upgraded: itself, and the aircraft that it or a person named. The dock
 * sends and receives the messages for both.
 */

type Needs = {
  docks: Pick<ReturnType<typeof dockStore>, 'find'>
  debug: Pick<ReturnType<typeof debugStore>, 'find'>
  presence: Pick<ReturnType<typeof presenceStore>, 'of' | 'registersOf'>
  owners: AircraftOwners
}

/**
 * A version, and when it was reported, epoch ms. `isRelayed`: from a relay, which repeats what it once heard,
 * so that an old version may be reported anew.
 */
type ReportedVersion = { version: string; at: number; isRelayed: boolean }

/** `cameAt`: when the dock last connected or reported its topology, epoch ms; 0 for never. */
export type DockMachines = {
  dockSn: string
  fleet: string
  isOffline: boolean
  /** It exports logs, flies, is being debugged or upgraded, as far as is known. */
  isBusy: boolean
  cameAt: number
  machines: readonly {
    sn: string
    model?: string | undefined
    runs?: ReportedVersion | undefined
    isOff: boolean
  }[]
}

/**
 * Modes without activity. A dock that waits to be calibrated may do so for weeks: it gets commands like any
 * other, and itself refuses what it cannot do.
 */
const idleModes: readonly Mode[] = ['idle', 'uncalibrated']

const dockMachines = ({ docks, debug, presence, owners }: Needs) => {
  const of = async (dock: Dock, now: number): Promise<DockMachines> => {
    const { dockSn, fleet, activeUpload } = dock
    const [known = { registers: {} }] = await presence.of([dockSn], true)
    const named = aircraftOfDock(dock, known, now)
    const ownedBy = await owners(
      named.map(({ sn }) => sn),
      true,
    )
    // Whatever a dock or a person names, an aircraft is upgraded only by the dock that it belongs to.
    const aircraft = named.filter((_, n) => isOwnAircraft(dock, ownedBy[n]))
    const [own, debugged] = await Promise.all([
      presence.registersOf(aircraft.map(({ sn }) => sn)),
      debug.find(dockSn),
    ])
    const isDebugged = debugged !== undefined && isOwed(debugged.session)
    return {
      dockSn,
      fleet,
      isOffline: isOffline(known, now),
      cameAt: cameAt(known),
      isBusy: activeUpload !== undefined || isDebugged || !idleModes.includes(modeOf(known, now) ?? 'idle'),
      machines: [
        { ...machineOf(known, dockSn, known.registers), model: known.topology?.dockModel, isOff: false },
        ...aircraft.map(({ sn, model, on }) => ({
          ...machineOf(known, sn, own[sn]),
          model,
          isOff: on === false,
        })),
      ],
    }
  }

  return {
    /** The dock with this serial number; undefined: it is not registered. */
    ofDock: async (dockSn: string, now: number): Promise<DockMachines | undefined> => {
      const dock = await docks.find(dockSn, 'all')
      return dock && of(dock, now)
    },

    /** The dock that speaks for a machine, a dock or an aircraft; undefined: no dock names it. */
    withMachine: async (sn: string, now: number): Promise<DockMachines | undefined> => {
      const itself = await docks.find(sn, 'all')
      if (itself) return of(itself, now)
      const [{ dockSn } = {}] = await owners([sn], true)
      const dock = dockSn === undefined ? undefined : await docks.find(dockSn, 'all')
      const found = dock && (await of(dock, now))
      return found?.machines.some((machine) => machine.sn === sn) ? found : undefined
    },
  }
}

const namedBy = ({ connectedAircraftSn, aircraftSn }: Dock): string[] =>
  [connectedAircraftSn ?? aircraftSn].filter((sn) => sn !== undefined)

const aircraftOfDock = (dock: Dock, known: Known, now: number): Aircraft[] => {
  const named = namedBy(dock)
  const all = aircraftOf(known, now, named) ?? named.map((sn) => ({ sn }))
  return all.filter(({ sn }) => sn !== dock.dockSn)
}

/** What a machine runs: the newer of its own report and the relay's. */
const machineOf = (
  { registers: { relay } }: Known,
  sn: string,
  { firmware }: PresenceRegisters = {},
): { sn: string; runs?: ReportedVersion } => {
  const relayed = relay?.firmware[sn]
  if (relay && relayed !== undefined && relay.heardAt > (firmware?.heardAt ?? 0))
    return { sn, runs: { version: relayed, at: relay.heardAt, isRelayed: true } }
  if (!firmware) return { sn }
  return { sn, runs: { version: firmware.version, at: firmware.heardAt, isRelayed: false } }
}

/**
 * Wires this for functions that upgrade docks. An aircraft may also be registered as a device behind its
 * dock.
 */
export const connectDocks = (table: Table) =>
  dockMachines({
    docks: dockStore(table),
    debug: debugStore(table),
    presence: presenceStore(table),
    owners: aircraftOwners(table),
  })
