import type { Page } from './records.ts'

export type PageQuery = { limit: number; cursor?: string }

/**
 * With a filter that matches little, the API returns short or empty pages: up to this many are read for one
 * shown page.
 */
const mostRequests = 10

/**
 * A full page, from as many of the API's pages as needed. It may still be short, and have a `next`, if almost
 * nothing matches the filter: the user can go on.
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

/** A whole list, page by page; `progress` is called with the number of items so far. */
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
