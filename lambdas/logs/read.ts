import type { Dock, dockStore } from '../docks/store.ts'
import type { strangeDocks } from '../docks/strange.ts'
import { dockView } from '../docks/view.ts'
import { iso } from '../http/iso.ts'
import type { Handlers } from '../http/on-http.ts'
import { openApi } from '../http/openapi.ts'
import { notFound, type Outcome, ok, unknownDock } from '../http/reply.ts'
import type { rejectedStore } from '../rejected/store.ts'
import { rejectedView } from '../rejected/view.ts'
import { BadCursor, type Fleets, narrowed, type Page } from '../table/pages.ts'
import type { historyStore, KeptEntry } from './history.ts'
import type { listingStore } from './listings/store.ts'
import { listingView, logsView } from './listings/view.ts'
import type { StoredUpload, uploadReader } from './store.ts'
import { uploadView } from './view.ts'

/** Everything that operators read. Only reads, so that it needs no other right. */

type Needs = {
  docks: Pick<ReturnType<typeof dockStore>, 'find' | 'list' | 'signs'>
  listings: Pick<ReturnType<typeof listingStore>, 'get' | 'logs'>
  uploads: ReturnType<typeof uploadReader>
  history: Pick<ReturnType<typeof historyStore>, 'shown' | 'page'>
  rejected: Pick<ReturnType<typeof rejectedStore>, 'list'>
  strange: Pick<ReturnType<typeof strangeDocks>, 'heardAs'>
  now: () => number
}

export type ReadRoute =
  | 'getOpenApi'
  | 'getDock'
  | 'listDocks'
  | 'getListing'
  | 'getLogs'
  | 'listDockUploads'
  | 'getUpload'
  | 'listUploadHistory'
  | 'listUploads'
  | 'listRejectedMessages'

export const readRecords = (use: Needs): Handlers<ReadRoute> => {
  /** Runs what needs a dock, or says that there is none that the caller may see. */
  const ofDock = async (
    dockSn: string,
    fleets: Fleets,
    then: (dock: Dock) => Promise<Outcome>,
  ): Promise<Outcome> => {
    const dock = await use.docks.find(dockSn, fleets)
    return dock ? then(dock) : unknownDock(dockSn)
  }

  /** `consistent`: the newest, as who looks at one dock wants it; of a page of docks that would cost twice. */
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
    getOpenApi: async () => ok(openApi()),

    getDock: ({ params, fleets }) =>
      ofDock(params.dockSn, fleets, async (dock) => {
        const [[view], heard] = await Promise.all([dockViews([dock], true), use.strange.heardAs(dock.dockSn)])
        return ok({ ...view, heardAs: heard && { dockSn: heard.dockSn, seenAt: iso(heard.seenAt) } })
      }),

    listDocks: async ({ query, fleets }) => {
      const page = await use.docks.list(narrowed(fleets, query.fleet), query)
      return ok({ ...page, items: await dockViews(page.items) })
    },

    getListing: ({ params, fleets }) =>
      ofDock(params.dockSn, fleets, async () => {
        const listing = await use.listings.get(params.dockSn, params.id)
        return listing ? ok(listingView(listing, use.now())) : notFound('listing', params.id)
      }),

    getLogs: ({ params, fleets }) =>
      ofDock(params.dockSn, fleets, async () => ok(logsView(await use.listings.logs(params.dockSn)))),

    listDockUploads: ({ params, query, fleets }) =>
      ofDock(params.dockSn, fleets, async () => {
        if (query.cursor && !/^[0-9a-f-]{36}$/.test(query.cursor)) throw new BadCursor()
        return ok(uploadPage(await use.uploads.ofDock(params.dockSn, query), use.now()))
      }),

    getUpload: ({ params, fleets }) =>
      ofDock(params.dockSn, fleets, async () => {
        const [upload, history] = await Promise.all([
          use.uploads.get(params.dockSn, params.id),
          use.history.shown(params.dockSn, params.id),
        ])
        if (!upload) return notFound('upload', params.id)
        const view = uploadView(upload.request, upload.hot, use.now())
        const { entries, isCut } = history
        return ok({ ...view, history: entries.map(entryView), ...(isCut ? { moreHistory: true } : {}) })
      }),

    listUploadHistory: ({ params, query, fleets }) =>
      ofDock(params.dockSn, fleets, async () => {
        if (!(await use.uploads.get(params.dockSn, params.id))) return notFound('upload', params.id)
        const { items, next } = await use.history.page(params.dockSn, params.id, query)
        return ok({ items: items.map(entryView), next })
      }),

    listUploads: async ({ query, fleets }) => {
      const page = await use.uploads.ofFleets(
        narrowed(fleets, query.fleet),
        {
          state: query.state,
          createdAfter: query.createdAfter === undefined ? undefined : Date.parse(query.createdAfter),
          createdBefore: query.createdBefore === undefined ? undefined : Date.parse(query.createdBefore),
        },
        query,
      )
      return ok(uploadPage(page, use.now()))
    },

    listRejectedMessages: async ({ query, fleets }) => {
      const { items, next } = await use.rejected.list(query.source, fleets, query)
      return ok({ items: items.map(rejectedView), next })
    },
  }
}

const entryView = ({ at, by, action }: KeptEntry) => ({ at: iso(at), by, action })

const uploadPage = ({ items, next }: Page<StoredUpload>, now: number) => ({
  items: items.map(({ request, hot }) => uploadView(request, hot, now)),
  next,
})
