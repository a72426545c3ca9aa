import { type ClockNeeds, sweepDue } from '../sweeps/on-clock.ts'
import { presenceKey } from '../table/keys.ts'
import type { presenceStore } from './store.ts'

const prefix = presenceKey('').pk

/**
 * Writes down what time alone has made of docks: that one has gone, when it did not come back within a minute,
 * and that nobody knows any more, when its relay has fallen silent. Started once a minute; a repeat changes
 * nothing.
 */
export const sweepPresence =
  (use: ClockNeeds & { presence: Pick<ReturnType<typeof presenceStore>, 'review'> }) => (): Promise<void> =>
    sweepDue(use, {
      name: 'sweep-presence',
      subjectOf: ({ pk }) => ({ dockSn: pk.slice(prefix.length) }),
      lookAfter: async ({ dockSn }) => {
        await use.presence.review(dockSn, use.now())
        return undefined
      },
    })
