import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { api, must, mustDo } from '../api/client.ts'
import { fullPage } from '../api/full-page.ts'
import { ApiError } from '../api/problem.ts'
import { readAgain } from '../api/read-again.ts'
import type { Collection, CollectionRun } from '../api/records.ts'
import { useNotifications } from '../shell/notifications.tsx'
import { useAddressedPaging, usePaging } from '../shell/paging.tsx'
import { useList } from '../shell/use-list.ts'
import type { CollectionInput } from './draft.ts'

/** Collections page by page, by id. */
export const useCollections = () =>
  useList({
    key: ['collections'],
    path: '/v1/collections',
    paging: useAddressedPaging(),
    read: (query) => must(api.GET('/v1/collections', { params: { query } })),
  })

const most = 200

/** All collections, as options: the API allows no more than one page. */
export const useAllCollections = () =>
  useQuery({
    queryKey: ['collections', 'all'],
    queryFn: () =>
      fullPage((query) => must(api.GET('/v1/collections', { params: { query } })), { limit: most }),
  })

const readCollection = (id: string): Promise<Collection> =>
  must(api.GET('/v1/collections/{id}', { params: { path: { id } } }))

export const useCollection = (id: string) =>
  useQuery({ queryKey: ['collection', id, 'record'], queryFn: () => readCollection(id) })

type RunState = CollectionRun['state']

/** A manual start whose runs are expected: a list may not have them at once. */
type Awaited = { at: string; until: number }
const awaitedKey = (id: string) => ['collection', id, 'awaited']
const awaitedMs = 30_000

const hasRunOf = (runs: readonly CollectionRun[], { at }: Awaited): boolean =>
  runs.some(({ cause }) => cause.kind === 'manual' && cause.at === at)

/** The runs of a collection, newest first; polled while one of them is running or expected. */
export const useRuns = (id: string, state: RunState | undefined) => {
  const queries = useQueryClient()
  const isAwaited = (runs: readonly CollectionRun[]): boolean => {
    const awaited = queries.getQueryData<Awaited>(awaitedKey(id))
    return awaited !== undefined && Date.now() < awaited.until && !hasRunOf(runs, awaited)
  }
  const narrowed = state ? { state } : {}
  const path = { id }
  return useList({
    key: ['collection', id, 'runs', state],
    path: `/v1/collections/${id}/runs`,
    narrowed,
    paging: usePaging(`${id} ${state}`),
    read: (page) =>
      must(api.GET('/v1/collections/{id}/runs', { params: { path, query: { ...narrowed, ...page } } })),
    moves: (runs) => isAwaited(runs) || runs.some((run) => run.state !== 'ended'),
  })
}

const isThere = async (id: string): Promise<boolean> => {
  try {
    await readCollection(id)
    return true
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return false
    throw error
  }
}

/** Creates or changes a collection: a new one never overwrites an existing id. */
export const useSaveCollection = (saved: (collection: Collection) => void) => {
  const { fail } = useNotifications()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async ({ id, body, isNew }: { id: string; body: CollectionInput; isNew: boolean }) => {
      if (isNew && (await isThere(id)))
        throw new ApiError(409, 'The ID is taken', { detail: `There is a collection ${id} already.` })
      return must(api.PUT('/v1/collections/{id}', { params: { path: { id } }, body }))
    },
    onSuccess: async (collection) => {
      queries.setQueryData(['collection', collection.id, 'record'], collection)
      await readAgain(queries, ['collections'])
      saved(collection)
    },
    onError: fail,
  })
}

type Start = { id: string; key: string; docks?: readonly string[] }

/**
 * Runs a collection now. A click is one start, even if the network repeats the request: it carries one key.
 */
export const useRunCollection = (started?: (id: string) => void) => {
  const { fail, notify } = useNotifications()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ id, key, docks }: Start) =>
      must(
        api.POST('/v1/collections/{id}/run', {
          params: { path: { id }, header: { 'Idempotency-Key': key } },
          body: docks ? { docks: [...docks] } : {},
        }),
      ),
    onSuccess: async ({ at }, { id }) => {
      queries.setQueryData<Awaited>(awaitedKey(id), { at, until: Date.now() + awaitedMs })
      notify({ type: 'success', header: 'The collection runs', content: 'Each dock has a run of its own.' })
      await readAgain(queries, ['collection', id, 'runs'])
      started?.(id)
    },
    onError: fail,
  })
}

export const useDeleteCollection = (gone: () => void) => {
  const { fail, notify } = useNotifications()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => mustDo(api.DELETE('/v1/collections/{id}', { params: { path: { id } } })),
    onSuccess: async () => {
      notify({ type: 'success', header: 'The collection is deleted' })
      gone()
      await readAgain(queries, ['collections'])
    },
    onError: fail,
  })
}
