import type { Handlers } from '../http/on-http.ts'
import { done, problem, unknownDock } from '../http/reply.ts'
import type { removedDocks } from '../registry/removed.ts'
import type { Dock, dockStore } from '../registry/store.ts'
import type { dockRoutes } from './routes.ts'

/**
 * Removes docks at which nothing is in progress. Their records can be read until they expire. A removed dock
 * is unknown. If the removal is interrupted, the next request completes it.
 */

/** Addresses of what is still in progress at a dock. */
export type AtWork = (dock: Dock, now: number) => Promise<string[]>

type Needs = {
  docks: Pick<ReturnType<typeof dockStore>, 'find'>
  removed: Pick<ReturnType<typeof removedDocks>, 'remove'>
  atWork: AtWork
  /** Removes a dock and its aircraft from their organization. */
  unbind: (dockSn: string, by: { by: string; now: number }) => Promise<unknown>
  now: () => number
}

export const removeDocks = (use: Needs): Handlers<typeof dockRoutes, 'deleteDock'> => ({
  deleteDock: async ({ params: { dockSn }, fleets, caller }) => {
    const [dock, at, by] = [await use.docks.find(dockSn, fleets), use.now(), caller.name]
    if (!dock) return unknownDock(dockSn)
    const hrefs = await use.atWork(dock, at)
    if (hrefs.length > 0)
      return problem('dock-in-use', 'End what is at `hrefs` first, or wait until it has ended.', { hrefs })
    // Also a dock that is not bound: an earlier request may have been interrupted before its aircraft were.
    await use.unbind(dockSn, { by, now: at })
    return (await use.removed.remove(dock, { at, by }))
      ? done()
      : problem('try-again', 'The dock was changed, or began something, at this very moment.')
  },
})
