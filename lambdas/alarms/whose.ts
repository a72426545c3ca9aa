import type { DockMachines } from '../docks/machines.ts'
import type { Dock } from '../registry/store.ts'

/**
 * Finds the registered dock that a message is about: the sender, or the dock of an aircraft that sends it.
 * Undefined: no such dock is registered. `notItsDock`: the message is on an aircraft's topic, and names a dock
 * that is not known to have this aircraft. So no dock can raise alarms for another, whatever its messages
 * contain.
 */
export type Whose = (
  sn: string,
  gatewaySn: string | undefined,
) => Promise<{ dockSn: string; fleet: string; aircraftSn?: string } | 'notItsDock' | undefined>

type Needs = {
  docks: { find: (dockSn: string, fleets: 'all') => Promise<Dock | undefined> }
  /** The dock with its machines, from presence and registration. */
  machines: {
    ofDock: (dockSn: string, now: number) => Promise<DockMachines | undefined>
    withMachine: (sn: string, now: number) => Promise<DockMachines | undefined>
  }
  now: () => number
}

export const whoseMessage =
  ({ docks, machines, now }: Needs): Whose =>
  async (sn, gatewaySn) => {
    if (gatewaySn === undefined || gatewaySn === sn) {
      const dock = await docks.find(sn, 'all')
      if (dock) return ownOf(dock)
    }
    const found =
      gatewaySn === undefined || gatewaySn === sn
        ? await machines.withMachine(sn, now())
        : await machines.ofDock(gatewaySn, now())
    if (!found) return undefined
    if (!found.machines.some((machine) => machine.sn === sn)) return 'notItsDock'
    return { dockSn: found.dockSn, fleet: found.fleet, aircraftSn: sn }
  }

const ownOf = ({ dockSn, fleet, connectedAircraftSn, aircraftSn }: Dock) => {
  const aircraft = connectedAircraftSn ?? aircraftSn
  return { dockSn, fleet, ...(aircraft === undefined ? {} : { aircraftSn: aircraft }) }
}
