import * as z from 'zod/mini'
import { Count, Time } from '../http/shapes.ts'

/** What needs somebody now, as JSON over HTTP. */

/** Why a campaign went no further by itself: at a gate, or since its failures reached the threshold. */
const Stopped = z.enum(['failures', 'late', 'exhausted', 'threshold'])

const Ends = z.object({ succeeded: Count, unsuccessful: Count })

/**
 * `uploads`: `running` of the last week; `unsuccessful` and `timedOut`, which is among these, of those that were
 * started since `since`. `campaigns.stopped`: at a gate until they are aborted, by their threshold for these days. `upgrades`: devices by their newest attempt. `days`: the last seven in UTC, the oldest
 * first; uploads on the day they were started, upgrades on the day they ended. `complete`: false where there is
 * more than one answer looks at, so that numbers are at least so high.
 */
export const Overview = z.object({
  at: Time,
  since: Time,
  docks: z.object({ registered: Count, offline: Count }),
  uploads: z.object({ running: Count, ...Ends.shape, timedOut: Count }),
  upgrades: z.object({ running: Count, unsuccessful: Count, timedOut: Count }),
  campaigns: z.object({
    running: Count,
    awaitingApproval: z.array(z.object({ id: z.string(), name: z.string() })),
    stopped: z.array(z.object({ id: z.string(), name: z.string(), reason: Stopped })),
  }),
  days: z.array(
    z.object({
      day: z.string().check(z.regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/)),
      uploads: Ends,
      upgrades: Ends,
    }),
  ),
  complete: z.boolean(),
})
