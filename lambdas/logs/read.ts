import { iso } from '../http/iso.ts'
import type { Handlers } from '../http/on-http.ts'
import { type HttpReply, notFound, ok, unknownDock } from '../http/reply.ts'
import type { removedDocks } from '../registry/removed.ts'
import type { dockStore } from '../registry/store.ts'
import { type Fleets, narrowed } from '../table/fleets.ts'
import { BadCursor, type Page, type PageRequest } from '../table/pages.ts'
import { rateOf } from './follow.ts'
import type { historyStore, KeptEntry } from './history.ts'
import type { listingStore } from './listings/store.ts'
import { listingView, logsView } from './listings/view.ts'
import type { logRoutes } from './routes.ts'
import { searchUploads } from './search.ts'
import type { StoredUpload, uploadReader } from './store.ts'
import { uploadView } from './view.ts'

/** Handlers that read listings, uploads and their history. */

type Needs = {
  docks: Pick<ReturnType<typeof dockStore>, 'find'>
  removed: Pick<ReturnType<typeof removedDocks>, 'find'>
  listings: Pick<ReturnType<typeof listingStore>, 'get' | 'logs' | 'newest'>
  uploads: Pick<ReturnType<typeof uploadReader>, 'get' | 'ofDock' | 'ofFleets'>
  history: Pick<ReturnType<typeof historyStore>, 'shown' | 'page'>
  now: () => number
}

type LogReadRoute =
  | 'getListing'
  | 'getLogs'
  | 'listDockUploads'
  | 'getUpload'
  | 'listUploadHistory'
  | 'listUploads'

export const readLogs = (use: Needs): Handlers<typeof logRoutes, LogReadRoute> => {
  /**
   * Reads a record of a dock and the dock concurrently. Shows the record only if the caller may see the dock,
   * which may have been removed since.
   */
  const ofDock = async <Read>(
    dockSn: string,
    fleets: Fleets,
    read: Promise<Read>,
    answer: (read: Read) => HttpReply,
  ): Promise<HttpReply> => {
    const [dock, found] = await Promise.all([use.removed.find(dockSn, fleets), read])
    return dock ? answer(found) : unknownDock(dockSn)
  }

  const pageOfDock = async (dockSn: string, query: PageRequest) => {
    if (query.cursor && !/^[0-9a-f-]{36}$/.test(query.cursor)) throw new BadCursor()
    return use.uploads.ofDock(dockSn, query)
  }

  return {
    getListing: ({ params: { dockSn, id }, fleets }) =>
      ofDock(dockSn, fleets, use.listings.get(dockSn, id), (listing) =>
        listing ? ok(listingView(listing, use.now())) : notFound('listing', id),
      ),

    // Not for removed docks: this is what the dock holds now, not a record.
    getLogs: async ({ params: { dockSn }, fleets }) => {
      const [dock, logs, newest] = await Promise.all([
        use.docks.find(dockSn, fleets),
        use.listings.logs(dockSn),
        use.listings.newest(dockSn),
      ])
      if (!dock) return unknownDock(dockSn)
      // Read last: its cost would tell a dock of another fleet from one that does not exist.
      return ok({ ...logsView(logs, newest, use.now()), bytesPerSecond: await rateOf(use, dockSn) })
    },

    listDockUploads: ({ params: { dockSn }, query, fleets }) =>
      ofDock(dockSn, fleets, pageOfDock(dockSn, query), (page) => ok(uploadPage(page, use.now()))),

    getUpload: ({ params: { dockSn, id }, fleets }) => {
      const read = Promise.all([use.uploads.get(dockSn, id), use.history.shown(dockSn, id)])
      return ofDock(dockSn, fleets, read, ([upload, { entries, isCut }]) => {
        if (!upload) return notFound('upload', id)
        const view = uploadView(upload.request, upload.hot, use.now())
        return ok({ ...view, history: entries.map(entryView), ...(isCut ? { moreHistory: true } : {}) })
      })
    },

    listUploadHistory: ({ params: { dockSn, id }, query, fleets }) => {
      const read = Promise.all([use.uploads.get(dockSn, id), use.history.page(dockSn, id, query)])
      return ofDock(dockSn, fleets, read, ([upload, { items, next }]) =>
        upload ? ok({ items: items.map(entryView), next }) : notFound('upload', id),
      )
    },

    listUploads: async ({ query, fleets }) => {
      const among = narrowed(fleets, query.fleet)
      const page = await searchUploads(
        use,
        among,
        {
          state: query.state,
          dockSn: query.dockSn,
          note: query.note,
          createdAfter: query.createdAfter === undefined ? undefined : Date.parse(query.createdAfter),
          createdBefore: query.createdBefore === undefined ? undefined : Date.parse(query.createdBefore),
        },
        query,
      )
      // The `next` of an empty page would reveal that the dock exists in another fleet.
      const isForeign =
        query.dockSn !== undefined &&
        page.items.length === 0 &&
        page.next !== undefined &&
        !(await use.removed.find(query.dockSn, among))
      return ok(uploadPage(isForeign ? { items: [] } : page, use.now()))
    },
  }
}

const entryView = ({ at, by, action }: KeptEntry) => ({ at: iso(at), by, action })

const uploadPage = ({ items, next }: Page<StoredUpload>, now: number) => ({
  items: items.map(({ request, hot }) => uploadView(request, hot, now)),
  next,
})
