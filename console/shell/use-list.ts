import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { fullPage, type PageQuery } from '../api/full-page.ts'
import { addressOf, listPollMs } from '../api/pace.ts'
import type { Page } from '../api/records.ts'
import type { usePaging } from './paging.tsx'

type Listed<Item> = {
  key: readonly unknown[]
  /** `/v1/…`, and its filters: the address that determines its polling interval. */
  path: string
  narrowed?: Readonly<Record<string, string>>
  read: (query: PageQuery) => Promise<Page<Item>>
  paging: ReturnType<typeof usePaging>
  /** Whether something in it is in progress, so that it is polled. */
  moves?: (items: readonly Item[]) => boolean
  /** A fixed polling interval while it changes, instead of one by size and change. */
  everyMs?: number
  share?: number
  enabled?: boolean
  /** Whether the old rows stay until the new ones are there; not if they belong to another record. */
  keeps?: boolean
}

/**
 * A list of the API, page by page, each as full as the shown page: polled while something in it changes, and
 * now and then otherwise, since new rows come. `read` reads all of it for saving.
 */
export const useList = <Item>({ paging, read, ...list }: Listed<Item>) => {
  const { key, path, narrowed = {}, moves, share, everyMs, enabled = true, keeps = true } = list
  const address = addressOf(path, { ...narrowed, ...paging.query })
  const answer = useQuery({
    queryKey: [...key, paging.query],
    queryFn: () => fullPage(read, paging.query),
    enabled,
    ...(keeps ? { placeholderData: keepPreviousData<Page<Item>> } : {}),
    refetchInterval: ({ state: { data } }) => {
      const isMoving = data && moves?.(data.items)
      return isMoving && everyMs ? everyMs : listPollMs(isMoving, address, share)
    },
  })
  return {
    ...answer,
    items: answer.data?.items ?? [],
    /** There is no data and no error yet. */
    isLoading: answer.isPending && !answer.error,
    control: paging.control(answer.data?.next, answer.isFetching),
    read,
  }
}
