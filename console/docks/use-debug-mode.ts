import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { api, must } from '../api/client.ts'
import { nextPollMs } from '../api/pace.ts'
import { readAgain } from '../api/read-again.ts'
import type { DebugMode } from '../api/records.ts'
import { useNotifications } from '../shell/notifications.tsx'

const keyOf = (dockSn: string) => ['dock', dockSn, 'debug-mode']

/** Our debug mode of a dock, polled while it is not settled: its holder releases it automatically. */
export const useDebugMode = (dockSn: string) =>
  useQuery({
    queryKey: keyOf(dockSn),
    queryFn: () => must(api.GET('/v1/docks/{dockSn}/debug-mode', { params: { path: { dockSn } } })),
    refetchInterval: ({ state }) =>
      state.data && state.data.state !== 'off' && nextPollMs(`/v1/docks/${dockSn}/debug-mode`),
  })

export const quarterSeconds = 900

/**
 * Opens the debug mode for a quarter of an hour, or extends it to a quarter of an hour from now; closes it.
 */
export const useAskDebugMode = (dockSn: string) => {
  const { fail } = useNotifications()
  const queries = useQueryClient()
  const params = { path: { dockSn } }
  return useMutation({
    mutationFn: (wish: 'open' | 'close'): Promise<DebugMode> =>
      wish === 'open'
        ? must(
            api.POST('/v1/docks/{dockSn}/debug-mode/open', { params, body: { forSeconds: quarterSeconds } }),
          )
        : must(api.POST('/v1/docks/{dockSn}/debug-mode/close', { params })),
    onSuccess: (mode) => queries.setQueryData(keyOf(dockSn), mode),
    onError: (error) => {
      fail(error)
      return readAgain(queries, keyOf(dockSn))
    },
  })
}
