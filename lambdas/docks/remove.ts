import type { Handlers } from '../http/on-http.ts'
import { done, problem, unknownDock } from '../http/reply.ts'
import type { removedDocks } from './removed.ts'
import type { Dock, dockStore } from './store.ts'

/**
 * Removes docks of which nothing runs any more. What they uploaded and said can be read until its time. A dock that is
 * removed already is unknown; what was cut off is completed by the next try.
 */

/** Addresses of what still runs of a dock. */
export type AtWork = (dock: Dock, now: number) => Promise<string[]>

type Needs = {
  docks: Pick<ReturnType<typeof dockStore>, 'find'>
  removed: Pick<ReturnType<typeof removedDocks>, 'remove'>
  atWork: AtWork
  /** Takes a dock and its aircraft out of their organization. */
  unbind: (dockSn: string, by: { by: string; now: number }) => Promise<unknown>
  now: () => number
}

export const removeDocks = (use: Needs): Handlers<'deleteDock'> => ({
  deleteDock: async ({ params: { dockSn }, fleets, caller }) => {
    const [dock, at, by] = [await use.docks.find(dockSn, fleets), use.now(), caller.name]
    if (!dock) return unknownDock(dockSn)
    const hrefs = await use.atWork(dock, at)
    if (hrefs.length > 0)
      return problem('dock-in-use', 'End these first, or wait until they have ended: see `hrefs`.', { hrefs })
    if (dock.organizationId !== undefined) await use.unbind(dockSn, { by, now: at })
    return (await use.removed.remove(dock, { at, by }))
      ? done()
      : problem('try-again', 'The dock was changed, or began something, in this very moment.')
  },
})
