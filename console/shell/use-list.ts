import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { fullPage, type PageQuery } from '../api/full-page.ts'
import { addressOf, listPollMs } from '../api/pace.ts'
import type { Page } from '../api/records.ts'
import type { usePaging } from './paging.tsx'

type Listed<Item> = {
  key: readonly unknown[]
  /** `/v1/…`, and what it is narrowed by: the address by which its pace is known. */
  path: string
  narrowed?: Readonly<Record<string, string>>
  read: (query: PageQuery) => Promise<Page<Item>>
  paging: ReturnType<typeof usePaging>
  /** Whether something in it goes on by itself, so that it is read again soon. */
  moves?: (items: readonly Item[]) => boolean
  /** How often it is read again while it moves, where size and change do not tell. */
  everyMs?: number
  share?: number
  enabled?: boolean
  /** Whether what was shown stays until the next is there; not where that is somebody else's. */
  keeps?: boolean
}

/**
 * A list of the API, a page of it at a time, as full as the page shown: read again while something in it moves, and
 * now and then while nothing does, since new rows come. `read` gives all of it to who saves it.
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
    /** Nothing is there yet, and nothing went wrong. */
    isLoading: answer.isPending && !answer.error,
    control: paging.control(answer.data?.next, answer.isFetching),
    read,
  }
}
