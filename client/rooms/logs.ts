import { asQuery, must, type Paging } from '../call.ts'
import { listOf } from '../pages.ts'
import type { Archive, Body, Filter, Listing, Upload, UploadState } from '../records.ts'
import type { Transport } from '../transport.ts'
import { type WaitOptions, waitUntilOver } from '../waiting.ts'

/** The address of a dock's listing or upload; the records themselves fit too. */
export type OfDock = { dockSn: string; id: string }

/** Sends the command even to a dock that is known to be offline. */
type Force = { force?: boolean }

const forced = ({ force }: Force): { force?: true } => (force === true ? { force: true } : {})

/** States in which the dock may still be working on an upload. */
const active: ReadonlySet<UploadState> = new Set(['requested', 'accepted', 'uploading'])

/** Whether storage still has to show what the dock says it uploaded. */
const isBeingChecked = ({ state, finishedAt, verification, deletedAt }: Archive): boolean =>
  state === 'uploaded' && finishedAt !== undefined && verification === undefined && deletedAt === undefined

/**
 * Whether an upload is final; a follow-up is another upload. `uploaded` is final if an archive differs from
 * the dock's report, was deleted, or was never reported as finished.
 */
export const hasEnded = ({ state, archives, nextTry, retriedBy }: Upload): boolean =>
  !active.has(state) && !archives.some(isBeingChecked) && nextTry === undefined && retriedBy === undefined

/** The logs of a dock, by its last answer. */
export const logsOf = (api: Transport) => ({
  /** The newest listing of each module. */
  get: (dockSn: string) => must(api.GET('/v1/docks/{dockSn}/logs', { params: { path: { dockSn } } })),
})

/** Requests to a dock for the list of logs on it and its aircraft. */
export const listingsOf = (api: Transport) => {
  const get = ({ dockSn, id }: OfDock): Promise<Listing> =>
    must(api.GET('/v1/docks/{dockSn}/log-listings/{id}', { params: { path: { dockSn, id } } }))
  return {
    request: (
      dockSn: string,
      { force = false, ...body }: Body<'requestListing'> & Force = {},
    ): Promise<Listing> =>
      must(
        api.POST('/v1/docks/{dockSn}/log-listings', {
          params: { path: { dockSn }, query: forced({ force }) },
          body,
        }),
      ),
    get,
    /** Resolves with the listing once the dock has answered, or its time has passed. */
    waitFor: ({ dockSn, id }: OfDock, options?: WaitOptions<Listing>): Promise<Listing> =>
      waitUntilOver(
        { read: () => get({ dockSn, id }), isOver: ({ state }) => state !== 'requested' },
        options,
      ),
  }
}

/** Uploads of logs. */
export const uploadsOf = (api: Transport) => {
  const path = '/v1/docks/{dockSn}/log-uploads/{id}'
  const get = ({ dockSn, id }: OfDock): Promise<Upload> =>
    must(api.GET(path, { params: { path: { dockSn, id } } }))
  return {
    /** Makes a dock upload logs, selected by boot or by time. */
    start: (dockSn: string, { force = false, ...body }: Body<'startUpload'> & Force): Promise<Upload> =>
      must(
        api.POST('/v1/docks/{dockSn}/log-uploads', {
          params: { path: { dockSn }, query: forced({ force }) },
          body,
        }),
      ),
    get,
    /** Uploads across docks, newest first. */
    list: (query: Filter<'listUploads'> & Paging = {}) =>
      listOf((cursor) => must(api.GET('/v1/log-uploads', { params: { query: asQuery(query, cursor) } }))),
    /** Uploads of a dock, newest first. */
    listOf: (dockSn: string, query: Filter<'listDockUploads'> & Paging = {}) =>
      listOf((cursor) =>
        must(
          api.GET('/v1/docks/{dockSn}/log-uploads', {
            params: { path: { dockSn }, query: asQuery(query, cursor) },
          }),
        ),
      ),
    /** The actions on an upload and their authors, newest first. */
    history: ({ dockSn, id }: OfDock, query: Paging = {}) =>
      listOf((cursor) =>
        must(api.GET(`${path}/history`, { params: { path: { dockSn, id }, query: asQuery(query, cursor) } })),
      ),
    /** Asks the dock to stop. */
    cancel: ({ dockSn, id }: OfDock, body: Body<'cancelUpload'> = {}): Promise<Upload> =>
      must(api.POST(`${path}/cancel`, { params: { path: { dockSn, id } }, body })),
    /** Uploads the missing archives again; returns the new upload. */
    retry: (
      { dockSn, id }: OfDock,
      { force = false, ...body }: Body<'retryUpload'> & Force = {},
    ): Promise<Upload> =>
      must(
        api.POST(`${path}/retry`, {
          params: { path: { dockSn, id }, query: forced({ force }) },
          body,
        }),
      ),
    /** A link to one archive, valid for some minutes. */
    download: ({ dockSn, id }: OfDock, module: 'aircraft' | 'dock') =>
      must(api.GET(`${path}/archives/{module}/download`, { params: { path: { dockSn, id, module } } })),
    /**
     * Resolves with the upload once it is final. Retries and further parts are awaited, too; the result is
     * the last of them.
     */
    waitFor: async ({ dockSn, id }: OfDock, options?: WaitOptions<Upload>): Promise<Upload> => {
      let address = { dockSn, id }
      const read = async (): Promise<Upload> => {
        const upload = await get(address)
        if (upload.retriedBy === undefined) return upload
        address = { dockSn, id: upload.retriedBy }
        return read()
      }
      return waitUntilOver({ read, isOver: hasEnded }, options)
    },
  }
}
