import { archives, presignWith, provider } from '#archives'
import { credentialProvider } from '../credentials/configured.ts'
import { type Handlers, onHttp } from '../http.ts'
import { log } from '../log.ts'
import { newId } from '../new-id.ts'
import { ok, problem } from '../outcomes.ts'
import { type CheckNeeds, checkStorage as runCheck } from '../storage-check/check.ts'

/**
 * Checks storage as docks and the backend use it, before the first dock does. It keeps no record, needs no table, and may be repeated.
 * Storage is not a fleet's, so a permission for some fleets is not enough.
 */
export const checkStorage = (use: CheckNeeds): Handlers<'checkStorage'> => ({
  checkStorage: async ({ fleets }) => {
    if (fleets !== 'all') return problem('not-permitted', 'This needs the permission admin for all fleets.')
    const result = await runCheck(use)
    for (const { step, outcome, cause, detail } of result.steps)
      if (outcome === 'failed') log('storageCheckFailed', { step, cause, detail })
    return { ...ok(result), headers: { 'cache-control': 'no-store' } }
  },
})

export const handler = onHttp<'checkStorage'>((env) =>
  checkStorage({
    lend: credentialProvider(env),
    archives: archives(env),
    ...{ presignWith, provider, newId },
    now: Date.now,
  }),
)
