import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { api, must } from '../api/client.ts'
import { fullPage } from '../api/full-page.ts'
import { addressOf, nextPollMs } from '../api/pace.ts'
import type { Alarm, Page } from '../api/records.ts'
import { usePaging } from '../shell/paging.tsx'
import type { AlarmState } from './words.ts'

const stands = (data: Page<Alarm> | undefined): boolean =>
  data?.items.some(({ state }) => state === 'standing') ?? false

/** Alarms of a dock and its aircraft, the newest first; read again while one of them stands. */
export const useDockAlarms = (dockSn: string, state: AlarmState | undefined) => {
  const query = state ? { state } : {}
  const params = { path: { dockSn }, query }
  return useQuery({
    queryKey: ['dock', dockSn, 'alarms', state],
    queryFn: () => must(api.GET('/v1/docks/{dockSn}/alarms', { params })),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state: { data } }) =>
      stands(data) &&
      nextPollMs(`/v1/docks/${dockSn}/alarms${state ? `?${new URLSearchParams(query)}` : ''}`),
  })
}

export type AlarmFilters = { state?: AlarmState; fleet?: string }

/** Alarms across docks, page by page; read again while one of them stands. */
export const useAlarms = (filters: AlarmFilters) => {
  const key = JSON.stringify(filters)
  const paging = usePaging(key)
  const answer = useQuery({
    queryKey: ['alarms', key, paging.query],
    queryFn: () =>
      fullPage(
        (page) => must(api.GET('/v1/alarms', { params: { query: { ...filters, ...page } } })),
        paging.query,
      ),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state: { data } }) =>
      stands(data) && nextPollMs(addressOf('/v1/alarms', { ...filters, ...paging.query })),
  })
  return { ...answer, control: paging.control(answer.data?.next, answer.isFetching) }
}
