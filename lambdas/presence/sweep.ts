import { type ClockNeeds, sweepDue } from '../sweeps/on-clock.ts'
import { presenceKey } from '../table/keys.ts'
import type { presenceStore } from './store.ts'

const prefix = presenceKey('').pk

/**
 * Started once a minute. Writes state changes that time alone causes: a dock that has not come back within a
 * minute is offline, and after a relay fell silent the state is unknown. Idempotent.
 */
export const sweepPresence =
  (use: ClockNeeds & { presence: Pick<ReturnType<typeof presenceStore>, 'review'> }) => (): Promise<void> =>
    sweepDue(use, {
      name: 'sweep-presence',
      subjectOf: ({ pk }) => ({ dockSn: pk.slice(prefix.length) }),
      check: async ({ dockSn }) => {
        await use.presence.review(dockSn, use.now())
        return undefined
      },
    })
