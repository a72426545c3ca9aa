import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { api, must } from '../api/client.ts'
import { nextPollMs } from '../api/pace.ts'
import { readAgain } from '../api/read-again.ts'
import type { Listing } from '../api/records.ts'
import { useNotifications } from '../shell/notifications.tsx'
import { forced } from '../uploads/use-uploads.ts'

/** The newest listing of each module of a dock. */
export const useLogs = (dockSn: string) =>
  useQuery({
    queryKey: ['dock', dockSn, 'logs'],
    queryFn: () => must(api.GET('/v1/docks/{dockSn}/logs', { params: { path: { dockSn } } })),
  })

const useListing = (dockSn: string, id: string | undefined) =>
  useQuery({
    queryKey: ['listing', dockSn, id],
    queryFn: () =>
      must(api.GET('/v1/docks/{dockSn}/log-listings/{id}', { params: { path: { dockSn, id: id ?? '' } } })),
    enabled: id !== undefined,
    refetchInterval: ({ state }) =>
      (state.data?.state ?? 'requested') === 'requested' &&
      nextPollMs(`/v1/docks/${dockSn}/log-listings/${id}`),
  })

/**
 * Asks a dock for its list, one that is offline only by `force`, and waits for what becomes of it; `listing` is the newest one that was asked for
 * here.
 */
export const useRefresh = (dockSn: string) => {
  const { fail } = useNotifications()
  const queries = useQueryClient()
  const [asked, setAsked] = useState<string>()
  const asking = useMutation({
    mutationFn: (force: boolean) =>
      must(
        api.POST('/v1/docks/{dockSn}/log-listings', {
          params: {
            path: { dockSn },
            query: forced(force),
            header: { 'Idempotency-Key': crypto.randomUUID() },
          },
          body: {},
        }),
      ),
    onSuccess: ({ id }) => setAsked(id),
    onError: fail,
  })
  const { data: listing } = useListing(dockSn, asked)
  const answered = listing !== undefined && listing.state !== 'requested'
  useEffect(() => {
    if (answered) void readAgain(queries, ['dock', dockSn])
  }, [answered, dockSn, queries])
  return {
    refresh: asking.mutate,
    isWaiting: asking.isPending || (asked !== undefined && !answered),
    listing: answered ? listing : undefined,
  }
}

/** What a listing says went wrong: with the dock, or with one of its modules. */
export const listingFailures = ({ failure, modules }: Listing) => [
  ...(failure ? [{ module: undefined, failure }] : []),
  ...modules.flatMap(({ module, failure: own }) => (own ? [{ module, failure: own }] : [])),
]
