import { type ClockNeeds, sweepDue } from '../sweeps/on-clock.ts'
import { alarmsPrefix } from '../table/keys.ts'
import type { alarmStore } from './store.ts'

/**
 * Started once a minute: clears alarms that are no longer reported. Idempotent; concurrent runs are harmless.
 */
export const sweepAlarms =
  (use: ClockNeeds & { alarms: Pick<ReturnType<typeof alarmStore>, 'review'> }) => (): Promise<void> =>
    sweepDue(use, {
      name: 'sweep-alarms',
      subjectOf: ({ pk, sk }) =>
        pk.startsWith('DOCK#') && sk.startsWith(alarmsPrefix)
          ? { dockSn: pk.slice('DOCK#'.length), sk }
          : undefined,
      check: async ({ dockSn, sk }) => {
        await use.alarms.review({ pk: `DOCK#${dockSn}`, sk }, use.now())
        return undefined
      },
    })
