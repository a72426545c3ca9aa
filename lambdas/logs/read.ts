import type { Dock, dockStore } from '../docks/store.ts'
import { iso } from '../http/iso.ts'
import type { Handlers } from '../http/on-http.ts'
import { type HttpReply, notFound, ok, unknownDock } from '../http/reply.ts'
import { BadCursor, type Fleets, narrowed, type Page } from '../table/pages.ts'
import type { historyStore, KeptEntry } from './history.ts'
import type { listingStore } from './listings/store.ts'
import { listingView, logsView } from './listings/view.ts'
import type { StoredUpload, uploadReader } from './store.ts'
import { uploadView } from './view.ts'

/** Listings, uploads and their history, as operators read them. */

type Needs = {
  docks: Pick<ReturnType<typeof dockStore>, 'find'>
  listings: Pick<ReturnType<typeof listingStore>, 'get' | 'logs'>
  uploads: Pick<ReturnType<typeof uploadReader>, 'get' | 'ofDock' | 'ofFleets'>
  history: Pick<ReturnType<typeof historyStore>, 'shown' | 'page'>
  now: () => number
}

export type LogReadRoute =
  | 'getListing'
  | 'getLogs'
  | 'listDockUploads'
  | 'getUpload'
  | 'listUploadHistory'
  | 'listUploads'

export const readLogs = (use: Needs): Handlers<LogReadRoute> => {
  /** Runs what needs a dock, or says that there is none that the caller may see. */
  const ofDock = async (
    dockSn: string,
    fleets: Fleets,
    then: (dock: Dock) => Promise<HttpReply>,
  ): Promise<HttpReply> => {
    const dock = await use.docks.find(dockSn, fleets)
    return dock ? then(dock) : unknownDock(dockSn)
  }

  return {
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
  }
}

const entryView = ({ at, by, action }: KeptEntry) => ({ at: iso(at), by, action })

const uploadPage = ({ items, next }: Page<StoredUpload>, now: number) => ({
  items: items.map(({ request, hot }) => uploadView(request, hot, now)),
  next,
})
