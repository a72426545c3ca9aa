import type { Handlers } from '../http/on-http.ts'
import { ok, problem, unknownCollection } from '../http/reply.ts'
import { includes, narrowed } from '../table/fleets.ts'
import type { collectionRoutes } from './routes.ts'
import type { RunStore } from './run-store.ts'
import { type collectionStore, isVisible } from './store.ts'
import { collectionView, runView } from './view.ts'

/** What operators read about collections and their runs. */

type CollectionReadRoute = 'getCollection' | 'listCollections' | 'listCollectionRuns' | 'getCollectionRun'

export const readCollections = ({
  collections,
  runs,
}: {
  collections: Pick<ReturnType<typeof collectionStore>, 'get' | 'list'>
  runs: Pick<RunStore, 'get' | 'list'>
}): Handlers<typeof collectionRoutes, CollectionReadRoute> => ({
  getCollection: async ({ params: { id }, fleets }) => {
    const collection = await collections.get(id)
    return collection && isVisible(collection, fleets)
      ? ok(collectionView(collection))
      : unknownCollection(id)
  },

  listCollections: async ({ query: { fleet, ...request }, fleets }) => {
    const { items, next } = await collections.list(narrowed(fleets, fleet), request)
    return ok({ items: items.map(collectionView), next })
  },

  /** Runs are filtered by the fleet of their dock: some may be of an earlier collection with the same id. */
  listCollectionRuns: async ({ params: { id }, query: { fleet, state, ...request }, fleets }) => {
    const collection = await collections.get(id)
    if (!collection || !isVisible(collection, fleets)) return unknownCollection(id)
    const { items, next } = await runs.list(id, narrowed(fleets, fleet), state, request)
    return ok({ items: items.map(runView), next })
  },

  getCollectionRun: async ({ params: { id, runId }, fleets }) => {
    const collection = await collections.get(id)
    if (!collection || !isVisible(collection, fleets)) return unknownCollection(id)
    const run = await runs.get({ collectionId: id, runId })
    return run && includes(fleets, run.fleet)
      ? ok(runView(run))
      : problem('not-found', `The collection has no run ${runId}.`)
  },
})
