import { log } from '../runtime/log.ts'
import { count } from '../runtime/telemetry.ts'
import type { Refused } from './authorize.ts'

/** At most one line and one count in this time, for all of them: whoever guesses must not write our logs. */
const tellEveryMs = 10_000

/** Counts logins that were refused. The first is told at once, those soon after it with the next one. */
export const refusalTeller = (now: () => number) => {
  let waiting = 0
  let toldAt = Number.NEGATIVE_INFINITY
  return (refused: Refused): void => {
    waiting += 1
    if (now() - toldAt < tellEveryMs) return
    log('loginRefused', { ...refused, times: waiting })
    count('DockLoginsRefused', waiting)
    waiting = 0
    toldAt = now()
  }
}
