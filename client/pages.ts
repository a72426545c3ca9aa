import { ApiError } from './errors.ts'
import type { Page } from './records.ts'

/** A list of the API, fetched page by page while you iterate. Each iteration starts from the beginning. */
export type List<Item> = AsyncIterable<Item> & {
  /** The same, one page at a time. A page may be short or empty and still not be the last. */
  pages: () => AsyncIterable<Item[]>
  /** The first items, at most `most`; fetches no more pages than needed. */
  take: (most: number) => Promise<Item[]>
  /** All items. For lists without a foreseeable end, use `take`. */
  all: () => Promise<Item[]>
}

/** @throws ApiError for an invalid page */
const checked = <Item>(page: Partial<Page<Item>>): Page<Item> => {
  const { items, next } = page
  if (Array.isArray(items) && (next === undefined || typeof next === 'string'))
    return { items, ...(next === undefined ? {} : { next }) }
  throw new ApiError(200, 'The answer is no page of a list', {
    detail: 'Another version of the API, or something else, answers there.',
  })
}

/**
 * `readPage` fetches the page at a cursor; without one, the first. @throws ApiError from the iteration if a
 * page is invalid, or leads back to an earlier one
 */
export const listOf = <Item>(readPage: (cursor: string | undefined) => Promise<Page<Item>>): List<Item> => {
  const pages = async function* (): AsyncGenerator<Item[]> {
    const read = new Set<string>()
    let cursor: string | undefined
    do {
      const { items, next } = checked(await readPage(cursor))
      yield items
      if (next !== undefined && read.has(next))
        throw new ApiError(200, 'The list has no end', { detail: 'A page leads back to one before it.' })
      if (next !== undefined) read.add(next)
      cursor = next
    } while (cursor !== undefined)
  }
  const items = async function* (): AsyncGenerator<Item> {
    for await (const page of pages()) yield* page
  }
  const take = async (most: number): Promise<Item[]> => {
    const taken: Item[] = []
    if (most <= 0) return taken
    for await (const item of items()) if (taken.push(item) >= most) break
    return taken
  }
  return { [Symbol.asyncIterator]: items, pages, take, all: () => take(Number.POSITIVE_INFINITY) }
}
