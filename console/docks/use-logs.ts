import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { api, must } from '../api/client.ts'
import { nextPollMs } from '../api/pace.ts'
import { readAgain } from '../api/read-again.ts'
import type { Logs } from '../api/records.ts'
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
 * Requests a dock's listing, for an offline dock only with `force`, and waits for the answer to this request,
 * or to anybody's earlier one. `awaited`: until when; `logs` has the result of the newest request.
 */
export const useRefresh = (dockSn: string, logs: Logs | undefined) => {
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
  const newest = logs?.newest
  const { data: listing } = useListing(dockSn, newest?.state === 'requested' ? newest.id : asked)
  const isOpen = listing?.state === 'requested'
  const answered = listing && !isOpen ? listing.id : undefined
  useEffect(() => {
    if (answered) void readAgain(queries, ['dock', dockSn])
  }, [answered, dockSn, queries])
  return {
    refresh: asking.mutate,
    isWaiting: asking.isPending || isOpen || (asked !== undefined && listing === undefined),
    awaited: isOpen ? listing.deadlineAt : undefined,
  }
}

/** The failures of the newest request: of the dock, or of one of its modules. */
export const listingFailures = ({ failure, leftOut }: NonNullable<Logs['newest']>) => [
  ...(failure ? [{ module: undefined, failure }] : []),
  ...leftOut,
]
