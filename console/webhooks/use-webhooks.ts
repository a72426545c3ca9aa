import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { components } from '../../client/schema.ts'
import { api, must, mustDo } from '../api/client.ts'
import { nextPollMs, quietMs } from '../api/pace.ts'
import { ApiError } from '../api/problem.ts'
import { readAgain } from '../api/read-again.ts'
import type { Webhook, WebhookDelivery } from '../api/records.ts'
import { useNotifications } from '../shell/notifications.tsx'
import { usePaging } from '../shell/paging.tsx'
import { useList } from '../shell/use-list.ts'

const listKey = ['webhooks']
const recordKey = (id: string) => ['webhook', id, 'record']
const deliveriesKey = (id: string) => ['webhook', id, 'deliveries']
const testKey = (id: string) => ['webhook', id, 'test']

/** All webhooks that the user may see: there are few. */
export const useWebhooks = () =>
  useQuery({
    queryKey: listKey,
    queryFn: () => must(api.GET('/v1/webhooks', {})),
    refetchInterval: quietMs,
  })

const readWebhook = (id: string): Promise<Webhook> =>
  must(api.GET('/v1/webhooks/{id}', { params: { path: { id } } }))

/** A test or a replay whose deliveries are expected: nothing is sent before the answer. */
type Awaited = { at: string; until: number }
const awaitedMs = 90_000

/** A webhook, polled while its receiver is down, or being tried. */
export const useWebhook = (id: string) => {
  const queries = useQueryClient()
  const isTried = (): boolean =>
    Date.now() < (queries.getQueryData<Awaited>(testKey(id))?.until ?? Number.NEGATIVE_INFINITY)
  return useQuery({
    queryKey: recordKey(id),
    queryFn: () => readWebhook(id),
    refetchInterval: ({ state }) =>
      (state.data?.down !== undefined || isTried()) && nextPollMs(`/v1/webhooks/${id}`, 0.4),
  })
}

const isThere = async (id: string): Promise<boolean> => {
  try {
    await readWebhook(id)
    return true
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return false
    throw error
  }
}

/** A webhook and, once, its secret. */
export type WithSecret = { id: string; secret?: string }
type Input = components['schemas']['WebhookInput']

/** Stores a webhook in the query cache, without its secret. */
const useKeep = () => {
  const queries = useQueryClient()
  return async ({ secret: _, ...webhook }: Webhook & { secret?: string }): Promise<void> => {
    queries.setQueryData(recordKey(webhook.id), webhook)
    await readAgain(queries, listKey)
  }
}

/** Creates or changes a webhook: a new one never overwrites an existing id. */
export const useSaveWebhook = (saved: (webhook: WithSecret) => void) => {
  const { fail } = useNotifications()
  const keep = useKeep()
  return useMutation({
    mutationFn: async ({ id, body, isNew }: { id: string; body: Input; isNew: boolean }) => {
      if (isNew && (await isThere(id)))
        throw new ApiError(409, 'The ID is taken', { detail: `There is a webhook ${id} already.` })
      return must(api.PUT('/v1/webhooks/{id}', { params: { path: { id } }, body }))
    },
    gcTime: 0,
    onSuccess: async (webhook) => {
      saved(webhook)
      await keep(webhook)
    },
    onError: fail,
  })
}

export const useRotateSecret = (id: string, rotated: (webhook: WithSecret) => void) => {
  const { fail } = useNotifications()
  const keep = useKeep()
  return useMutation({
    mutationFn: () => must(api.POST('/v1/webhooks/{id}/rotate-secret', { params: { path: { id } } })),
    gcTime: 0,
    onSuccess: async (webhook) => {
      rotated(webhook)
      await keep(webhook)
    },
    onError: fail,
  })
}

const isAwaited = (deliveries: readonly WebhookDelivery[], awaited: Awaited | undefined): boolean =>
  awaited !== undefined &&
  Date.now() < awaited.until &&
  !deliveries.some(({ occurredAt, replayedAt = occurredAt }) => replayedAt >= awaited.at)

type DeliveryState = WebhookDelivery['state']

/** The deliveries of a webhook, newest first; polled while one is waiting, or expected. */
export const useDeliveries = (id: string, state: DeliveryState | undefined) => {
  const queries = useQueryClient()
  const narrowed = state ? { state } : {}
  const path = { id }
  return useList({
    key: [...deliveriesKey(id), state],
    path: `/v1/webhooks/${id}/deliveries`,
    narrowed,
    paging: usePaging(`${id} ${state}`),
    read: (page) =>
      must(api.GET('/v1/webhooks/{id}/deliveries', { params: { path, query: { ...narrowed, ...page } } })),
    moves: (deliveries) =>
      isAwaited(deliveries, queries.getQueryData<Awaited>(testKey(id))) ||
      deliveries.some((delivery) => delivery.state === 'waiting'),
  })
}

/** Makes the pages poll for new deliveries. */
const useAwait = (id: string) => {
  const queries = useQueryClient()
  return async (at: string): Promise<void> => {
    queries.setQueryData<Awaited>(testKey(id), { at, until: Date.now() + awaitedMs })
    await readAgain(queries, ['webhook', id])
  }
}

export const useTestWebhook = (id: string) => {
  const { fail, notify } = useNotifications()
  const lookFor = useAwait(id)
  return useMutation({
    mutationFn: () => must(api.POST('/v1/webhooks/{id}/test', { params: { path: { id } } })),
    onSuccess: ({ testedAt }) => {
      notify({ type: 'info', header: 'A test is sent', content: 'Its deliveries show the result.' })
      return lookFor(testedAt)
    },
    onError: fail,
  })
}

/** The most requests for one replay, of 200 deliveries each; a user who needs more starts another one. */
const mostRequests = 25

const replay = async (id: string, span: { from: string; to: string }) => {
  let replayed = 0
  let cursor: string | undefined
  for (let requests = 0; requests < mostRequests; requests++) {
    const body = { ...span, ...(cursor === undefined ? {} : { cursor }) }
    const answer = await must(api.POST('/v1/webhooks/{id}/replay', { params: { path: { id } }, body }))
    replayed += answer.replayed
    cursor = answer.next
    if (cursor === undefined) break
  }
  return { replayed, isWhole: cursor === undefined }
}

/** Sends the events of a time span again. */
export const useReplay = (id: string) => {
  const { fail, notify } = useNotifications()
  const lookFor = useAwait(id)
  return useMutation({
    mutationFn: (span: { from: string; to: string }) => replay(id, span),
    onSuccess: ({ replayed, isWhole }) => {
      notify({
        type: 'success',
        header: `Sent again: ${replayed.toLocaleString('en')}`,
        content: isWhole
          ? 'They follow within a minute, oldest first.'
          : 'There are more events in that time: replay the rest, too.',
      })
      return replayed > 0 ? lookFor(new Date().toISOString()) : undefined
    },
    onError: fail,
  })
}

export const useDeleteWebhook = (gone: () => void) => {
  const { fail, notify } = useNotifications()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => mustDo(api.DELETE('/v1/webhooks/{id}', { params: { path: { id } } })),
    onSuccess: async () => {
      notify({ type: 'success', header: 'The webhook is deleted' })
      gone()
      await readAgain(queries, listKey)
    },
    onError: fail,
  })
}
