import { useQuery } from '@tanstack/react-query'
import { api, must } from '../api/client.ts'
import { nextPollMs } from '../api/pace.ts'
import type { Dock, Page } from '../api/records.ts'
import { useAddressedPaging } from '../shell/paging.tsx'
import { useList } from '../shell/use-list.ts'
import type { PresenceState } from './presence.tsx'

type ListQuery = { limit: number; cursor?: string; presence?: PresenceState }

const readPage = (query: ListQuery): Promise<Page<Dock>> => must(api.GET('/v1/docks', { params: { query } }))

/** A recent change may be followed by another; older states are not polled. */
const settledAfterMs = 10 * 60_000

const isSettling = ({ createdAt, presence }: Dock): boolean =>
  [createdAt, presence?.since].some((at) => at !== undefined && Date.now() - Date.parse(at) < settledAfterMs)

/**
 * One page of docks, optionally with one presence; polled while one of them uploads, or has just come or
 * gone.
 */
export const useDockPage = (enabled: boolean, presence: PresenceState | undefined) => {
  const narrowed = presence ? { presence } : {}
  return useList({
    key: ['docks', 'page', presence],
    path: '/v1/docks',
    narrowed,
    paging: useAddressedPaging(),
    enabled,
    read: (page) => readPage({ ...narrowed, ...page }),
    moves: (docks) => docks.some((dock) => dock.activeUpload || isSettling(dock)),
  })
}

/** The API's longest page, and how many of them a search reads at most. */
const longestPage = 200
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

/**
 * The docks with this presence, whose serial number, name, aircraft or fleet contains the lower-case text.
 */
export const useDockSearch = (text: string, presence: PresenceState | undefined) => {
  const answer = useQuery({
    queryKey: ['docks', 'all'],
    queryFn: readAll,
    enabled: text !== '',
    staleTime: keptMs,
  })
  return {
    ...answer,
    items: (answer.data ?? [])
      .filter(holds(text))
      .filter((dock) => !presence || dock.presence?.state === presence),
  }
}

/** One dock, polled while it has just come or gone. */
export const useDock = (dockSn: string) =>
  useQuery({
    queryKey: ['dock', dockSn, 'record'],
    queryFn: () => must(api.GET('/v1/docks/{dockSn}', { params: { path: { dockSn } } })),
    refetchInterval: ({ state }) => state.data && isSettling(state.data) && nextPollMs(`/v1/docks/${dockSn}`),
  })
