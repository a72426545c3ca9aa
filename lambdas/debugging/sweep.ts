import { type ClockNeeds, sweepDue } from '../sweeps/on-clock.ts'
import type { AircraftPower } from './power.ts'

/**
 * Started once a minute: closes debug modes whose lease is over, repeats commands that a dock did not answer,
 * and raises an alarm if that does not help. Idempotent; concurrent runs are harmless.
 */
export const sweepDebugModes =
  (use: ClockNeeds & { power: Pick<AircraftPower, 'look'> }) => (): Promise<void> =>
    sweepDue(use, {
      name: 'sweep-debug-modes',
      subjectOf: ({ pk, sk }) =>
        sk === 'DEBUG' && pk.startsWith('DOCK#') ? { dockSn: pk.slice('DOCK#'.length) } : undefined,
      check: async ({ dockSn }) => {
        await use.power.look(dockSn)
        return undefined
      },
    })
