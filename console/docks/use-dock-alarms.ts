import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { api, must } from '../api/client.ts'
import { listPollMs } from '../api/pace.ts'
import type { Alarm } from '../api/records.ts'

export const anyStands = (alarms: readonly Alarm[]): boolean =>
  alarms.some(({ state }) => state === 'standing')

/** Alarms of a dock and its aircraft, newest first; polled while one of them stands. */
export const useDockAlarms = (dockSn: string, state: Alarm['state'] | undefined) => {
  const query = state ? { state } : {}
  const params = { path: { dockSn }, query }
  return useQuery({
    queryKey: ['dock', dockSn, 'alarms', state],
    queryFn: () => must(api.GET('/v1/docks/{dockSn}/alarms', { params })),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state: { data } }) =>
      listPollMs(
        data && anyStands(data.items),
        `/v1/docks/${dockSn}/alarms${state ? `?${new URLSearchParams(query)}` : ''}`,
      ),
  })
}
