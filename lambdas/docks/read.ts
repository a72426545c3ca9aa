import { iso } from '../http/iso.ts'
import type { Handlers } from '../http/on-http.ts'
import { ok, unknownDock } from '../http/reply.ts'
import type { uploadReader } from '../logs/store.ts'
import { narrowed } from '../table/pages.ts'
import type { Dock, dockStore } from './store.ts'
import type { strangeDocks } from './strange.ts'
import { dockView } from './view.ts'

/** Docks as operators read them. */

type Needs = {
  docks: Pick<ReturnType<typeof dockStore>, 'find' | 'list' | 'signs'>
  uploads: Pick<ReturnType<typeof uploadReader>, 'statesOf'>
  strange: Pick<ReturnType<typeof strangeDocks>, 'heardAs'>
  now: () => number
}

export const readDocks = (use: Needs): Handlers<'getDock' | 'listDocks'> => {
  /**
   * `consistent`: the newest, as who looks at one dock wants it; of a page of docks that would cost twice.
   */
  const dockViews = async (docks: readonly Dock[], consistent = false) => {
    const ids = docks.flatMap(({ dockSn, latestUpload, activeUpload }) =>
      [...new Set([latestUpload, activeUpload])].flatMap((id) => (id ? [{ dockSn, id }] : [])),
    )
    const dockSns = docks.map(({ dockSn }) => dockSn)
    const [states, signs] = await Promise.all([
      use.uploads.statesOf(ids, consistent),
      use.docks.signs(dockSns, consistent),
    ])
    return docks.map((dock, n) => {
      const uploads = states.filter(({ dockSn }) => dockSn === dock.dockSn)
      return dockView(dock, { ...signs[n], uploads }, use.now())
    })
  }

  return {
    getDock: async ({ params, fleets }) => {
      const dock = await use.docks.find(params.dockSn, fleets)
      if (!dock) return unknownDock(params.dockSn)
      const [[view], heard] = await Promise.all([dockViews([dock], true), use.strange.heardAs(dock.dockSn)])
      return ok({ ...view, heardAs: heard && { dockSn: heard.dockSn, seenAt: iso(heard.seenAt) } })
    },

    listDocks: async ({ query, fleets }) => {
      const page = await use.docks.list(narrowed(fleets, query.fleet), query)
      return ok({ ...page, items: await dockViews(page.items) })
    },
  }
}
