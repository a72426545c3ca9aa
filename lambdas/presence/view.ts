import { iso } from '../http/iso.ts'
import type { View } from '../http/shapes.ts'
import type { PresenceRegisters } from './registers.ts'
import type * as shapes from './shapes.ts'
import { aircraftOf, firmwareOf, type Known, modeOf, standingOf } from './state.ts'

/**
 * A dock's presence as the API shows it; `own` are the registers of the machines that it speaks for, `also`
 * aircraft that it or a person named. Pure.
 */
export const presenceView = (
  known: Known,
  own: Readonly<Record<string, PresenceRegisters>>,
  now: number,
  also: readonly string[] = [],
): View<typeof shapes.Presence> => {
  const standing = standingOf(known, now)
  return {
    state: standing.state,
    ...(standing.state === 'unknown' ? {} : { since: iso(standing.since), source: standing.source }),
    aircraft: aircraftOf(known, now, also),
    firmware: firmwareOf(known, own),
    mode: modeOf(known, now),
  }
}
