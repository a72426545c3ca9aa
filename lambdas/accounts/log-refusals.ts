import { log } from '../runtime/log.ts'
import { count } from '../runtime/telemetry.ts'
import type { Refused } from './authorize.ts'

/** At most one log line and one count in this time, for all logins: attackers must not flood our logs. */
const logEveryMs = 10_000

/**
 * Logs and counts refused logins. The first is logged at once; later ones within the time are added to the
 * next line.
 */
export const refusalLogger = (now: () => number) => {
  let waiting = 0
  let loggedAt = Number.NEGATIVE_INFINITY
  return (refused: Refused): void => {
    waiting += 1
    if (now() - loggedAt < logEveryMs) return
    log('loginRefused', { ...refused, times: waiting })
    count('DockLoginsRefused', waiting)
    waiting = 0
    loggedAt = now()
  }
}
