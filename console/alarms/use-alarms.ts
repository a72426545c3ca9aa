import { api, must } from '../api/client.ts'
import { anyStands } from '../docks/use-dock-alarms.ts'
import { useAddressedPaging } from '../shell/paging.tsx'
import { useList } from '../shell/use-list.ts'
import type { AlarmState } from './words.ts'

export type AlarmFilters = { state?: AlarmState; fleet?: string }

/** Alarms across docks, page by page; polled while one of them stands. */
export const useAlarms = (filters: AlarmFilters) =>
  useList({
    key: ['alarms', JSON.stringify(filters)],
    path: '/v1/alarms',
    narrowed: filters,
    paging: useAddressedPaging(),
    read: (page) => must(api.GET('/v1/alarms', { params: { query: { ...filters, ...page } } })),
    moves: anyStands,
  })
