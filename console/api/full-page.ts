import type { Page } from './records.ts'

export type PageQuery = { limit: number; cursor?: string }

/**
 * A filter that little fits makes the API answer with short or empty pages: so many are read for one that is
 * shown.
 */
const mostRequests = 10

/**
 * A page as it was asked for, from as many of the API's as it takes. It may still be short, and have a
 * `next`, where almost nothing fits the filter: whoever looks can go on.
 */
export const fullPage = async <Item>(
  read: (query: PageQuery) => Promise<Page<Item>>,
  { limit, cursor }: PageQuery,
): Promise<Page<Item>> => {
  const items: Item[] = []
  let next = cursor
  for (let requests = 0; requests < mostRequests; requests++) {
    const left = limit - items.length
    const page = await read({ limit: left, ...(next === undefined ? {} : { cursor: next }) })
    items.push(...page.items)
    if (page.next === undefined || items.length >= limit)
      return { items, ...(page.next === undefined ? {} : { next: page.next }) }
    next = page.next
  }
  return { items, ...(next === undefined ? {} : { next }) }
}

/** The API's longest page. */
const longestPage = 200

/** All of a list, page by page; `progress` is told how many there are so far. */
export const everything = async <Item>(
  read: (query: PageQuery) => Promise<Page<Item>>,
  progress: (items: number) => void = () => {},
): Promise<Item[]> => {
  const items: Item[] = []
  let cursor: string | undefined
  do {
    const page = await read({ limit: longestPage, ...(cursor === undefined ? {} : { cursor }) })
    items.push(...page.items)
    progress(items.length)
    cursor = page.next
  } while (cursor !== undefined)
  return items
}
