import type { ConnectedAircraft, Topology } from '../../protocols/dji-dock/facts.ts'
import {
  isNew,
  isOfAnother,
  type KnownAircraft,
  type KnownDock,
  maxNewAircraft,
  type NewAircraft,
} from './decide-bind.ts'

/** Checks whether the topology that a dock reports is plausible. Pure. */

/** These names are stable: operators see and count them among the rejected messages. */
export type TopologyFault =
  | 'tooManyAircraft'
  | 'aircraftIsADock'
  | 'aircraftOfAnotherDock'
  | 'aircraftBoundElsewhere'
  | 'tooManyNewAircraft'

export type KnownTopology = {
  dock: KnownDock | undefined
  aircraft: ReadonlyMap<string, KnownAircraft>
  otherDocks: ReadonlySet<string>
  newAircraft: readonly NewAircraft[]
}

/** A dock has one aircraft; some firmware also names the previous one. */
const maxAircraft = 2

/** The first fault of a topology, and the aircraft; undefined: it is accepted. */
export const faultIn = (
  dockSn: string,
  { aircraft }: Pick<Topology, 'aircraft'>,
  known: KnownTopology,
  now: number,
): { fault: TopologyFault; sn?: string } | undefined => {
  if (aircraft.length > maxAircraft) return { fault: 'tooManyAircraft' }
  for (const { sn } of aircraft) {
    const fault = faultOf(dockSn, sn, known, now)
    if (fault) return { fault, sn }
  }
  const total = known.newAircraft.length + newOnes(dockSn, aircraft, known).length
  return total > maxNewAircraft ? { fault: 'tooManyNewAircraft' } : undefined
}

const faultOf = (
  dockSn: string,
  sn: string,
  { dock, aircraft, otherDocks }: KnownTopology,
  now: number,
): TopologyFault | undefined => {
  if (sn === dockSn || otherDocks.has(sn)) return 'aircraftIsADock'
  const one = aircraft.get(sn)
  if (one?.organizationId !== undefined && one.organizationId !== dock?.organizationId)
    return 'aircraftBoundElsewhere'
  return isOfAnother({ dockSn, fleet: dock?.fleet }, one, now) ? 'aircraftOfAnotherDock' : undefined
}

/** Aircraft that the dock names for the first time within a day. */
const newOnes = (
  dockSn: string,
  aircraft: readonly ConnectedAircraft[],
  known: Pick<KnownTopology, 'aircraft' | 'newAircraft'>,
): ConnectedAircraft[] =>
  aircraft.filter(({ sn }) => isNew(dockSn, sn, known.aircraft.get(sn), known.newAircraft))
