import { type ClockNeeds, sweepDue } from '../sweeps/on-clock.ts'
import type { AircraftPower } from './power.ts'

/**
 * Started once a minute: closes the debug modes whose lease is over, repeats what a dock did not answer, and
 * calls for somebody where nothing helps. Safe to repeat, and to run twice at once.
 */
export const sweepDebugModes =
  (use: ClockNeeds & { power: Pick<AircraftPower, 'look'> }) => (): Promise<void> =>
    sweepDue(use, {
      name: 'sweep-debug-modes',
      subjectOf: ({ pk, sk }) =>
        sk === 'DEBUG' && pk.startsWith('DOCK#') ? { dockSn: pk.slice('DOCK#'.length) } : undefined,
      lookAfter: async ({ dockSn }) => {
        await use.power.look(dockSn)
        return undefined
      },
    })
