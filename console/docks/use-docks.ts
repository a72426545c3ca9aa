import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { api, must } from '../api/client.ts'
import { fullPage } from '../api/full-page.ts'
import { nextPollMs } from '../api/pace.ts'
import type { Dock, Page } from '../api/records.ts'
import { usePaging } from '../shell/paging.tsx'

type ListQuery = { limit: string; cursor?: string }

const readPage = (query: ListQuery): Promise<Page<Dock>> => must(api.GET('/v1/docks', { params: { query } }))

/** One page of the docks; read again while one of them uploads. */
export const useDockPage = (enabled: boolean) => {
  const paging = usePaging('docks')
  const answer = useQuery({
    queryKey: ['docks', 'page', paging.query],
    queryFn: () => fullPage(readPage, paging.query),
    enabled,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) =>
      state.data?.items.some(({ activeUpload }) => activeUpload) &&
      nextPollMs(`/v1/docks?${new URLSearchParams(paging.query)}`),
  })
  return { ...answer, control: paging.control(answer.data?.next, answer.isFetching) }
}

/** The API's longest page, and how many of them a search reads at most. */
const longestPage = '200'
const mostPages = 25

const readAll = async (): Promise<Dock[]> => {
  const all: Dock[] = []
  let cursor: string | undefined
  for (let read = 0; read < mostPages; read++) {
    const { items, next } = await readPage({ limit: longestPage, ...(cursor ? { cursor } : {}) })
    all.push(...items)
    if (!next) break
    cursor = next
  }
  return all
}

const keptMs = 60_000

const holds =
  (text: string) =>
  (dock: Dock): boolean =>
    [dock.dockSn, dock.name, dock.aircraftSn, dock.fleet].some((field) => field?.toLowerCase().includes(text))

/** The docks with the text, in lower case, in serial number, name, aircraft or fleet. */
export const useDockSearch = (text: string) => {
  const answer = useQuery({
    queryKey: ['docks', 'all'],
    queryFn: readAll,
    enabled: text !== '',
    staleTime: keptMs,
  })
  return { ...answer, items: (answer.data ?? []).filter(holds(text)) }
}

/** One dock. */
export const useDock = (dockSn: string) =>
  useQuery({
    queryKey: ['dock', dockSn, 'record'],
    queryFn: () => must(api.GET('/v1/docks/{dockSn}', { params: { path: { dockSn } } })),
  })
