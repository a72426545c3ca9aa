import { asQuery, must, type Paging } from '../call.ts'
import { listOf } from '../pages.ts'
import type { Body, CollectionRun, Filter, Package } from '../records.ts'
import type { Transport } from '../transport.ts'
import { type WaitOptions, waitUntilOver } from '../waiting.ts'

/** Upgrade packages for devices. */
export const packagesOf = (api: Transport) => {
  const get = (id: string): Promise<Package> =>
    must(api.GET('/v1/packages/{id}', { params: { path: { id } } }))
  return {
    list: (query: Filter<'listPackages'> & Paging = {}) =>
      listOf((cursor) => must(api.GET('/v1/packages', { params: { query: asQuery(query, cursor) } }))),
    get,
    put: (id: string, body: Body<'putPackage'>): Promise<Package> =>
      must(api.PUT('/v1/packages/{id}', { params: { path: { id } }, body })),
    /** Resolves once its file is proved, or refused. */
    waitFor: (id: string, options?: WaitOptions<Package>): Promise<Package> =>
      waitUntilOver(
        { read: () => get(id), isOver: ({ file }) => file?.state === 'proved' || file?.state === 'refused' },
        options,
      ),
  }
}

/** Automatic collections of logs. */
export const collectionsOf = (api: Transport) => {
  const getRun = ({ id, runId }: { id: string; runId: string }): Promise<CollectionRun> =>
    must(api.GET('/v1/collections/{id}/runs/{runId}', { params: { path: { id, runId } } }))
  return {
    list: (query: Filter<'listCollections'> & Paging = {}) =>
      listOf((cursor) => must(api.GET('/v1/collections', { params: { query: asQuery(query, cursor) } }))),
    get: (id: string) => must(api.GET('/v1/collections/{id}', { params: { path: { id } } })),
    put: (id: string, body: Body<'putCollection'>) =>
      must(api.PUT('/v1/collections/{id}', { params: { path: { id } }, body })),
    /** Runs a collection now, for all of its docks or the given ones. */
    run: (id: string, body: Body<'runCollection'> = {}) =>
      must(api.POST('/v1/collections/{id}/run', { params: { path: { id } }, body })),
    runs: (id: string, query: Filter<'listCollectionRuns'> & Paging = {}) =>
      listOf((cursor) =>
        must(
          api.GET('/v1/collections/{id}/runs', { params: { path: { id }, query: asQuery(query, cursor) } }),
        ),
      ),
    getRun,
    /** Resolves with a run once it has ended. */
    waitForRun: (of: { id: string; runId: string }, options?: WaitOptions<CollectionRun>) =>
      waitUntilOver({ read: () => getRun(of), isOver: ({ state }) => state === 'ended' }, options),
  }
}

/** Messages of devices that could not be parsed. */
export const rejectedOf = (api: Transport) => ({
  list: (query: Filter<'listRejectedMessages'> & Paging = {}) =>
    listOf((cursor) => must(api.GET('/v1/rejected-messages', { params: { query: asQuery(query, cursor) } }))),
})

export const storageOf = (api: Transport) => ({
  /** Tests storage as docks and the backend use it. */
  check: () => must(api.POST('/v1/storage/check', { body: {} })),
})
