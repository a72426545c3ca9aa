import type { Handlers } from '../../http/on-http.ts'
import { ok, problem } from '../../http/reply.ts'
import { log } from '../../runtime/log.ts'
import { type CheckNeeds, checkStorage as runCheck } from './check.ts'
import type { storageRoutes } from './routes.ts'

/**
 * Checks storage as docks and the backend use it, before the first dock does. Keeps no record, needs no
 * table, and is safe to repeat. Storage does not belong to a fleet, so a permission for some fleets is not
 * enough.
 */
export const checkStorage = (use: CheckNeeds): Handlers<typeof storageRoutes, 'checkStorage'> => ({
  checkStorage: async ({ fleets }) => {
    if (fleets !== 'all') return problem('not-permitted', 'This needs the permission admin for all fleets.')
    const result = await runCheck(use)
    for (const { step, outcome, cause, detail } of result.steps)
      if (outcome === 'failed') log('storageCheckFailed', { step, cause, detail })
    return { ...ok(result), headers: { 'cache-control': 'no-store' } }
  },
})
