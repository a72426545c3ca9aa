import { aircraftOf, cameAt, type Known, modeOf } from '../presence/state.ts'
import type { Seen } from './steps.ts'

/** What presence knows about a dock, as far as its debug mode needs it. Pure. */
export const seenOf = (known: Known, now: number): Seen => {
  const mode = modeOf(known, now)
  const { relay } = known.registers
  const isAircraftOn = aircraftOf(known, now)?.some(({ on }) => on === true) ?? false
  return {
    cameAt: cameAt(known),
    mode: mode && relay ? { mode, at: relay.heardAt } : undefined,
    aircraftOnAt: isAircraftOn ? Math.max(known.topology?.at ?? 0, relay?.heardAt ?? 0) : undefined,
  }
}
