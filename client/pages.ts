import type { Page } from './records.ts'

/** A list of the API, read page by page as it is used. Each iteration begins anew. */
export type List<Item> = AsyncIterable<Item> & {
  /** The same, a page at a time. A page may be short or empty and yet not be the last. */
  pages: () => AsyncIterable<Item[]>
  /** The first items, at most so many; reads no page more than that takes. */
  take: (most: number) => Promise<Item[]>
  /** All of them. Without an end in sight, use `take`. */
  all: () => Promise<Item[]>
}

/** `read` reads the page at a cursor; without one, the first. */
export const listOf = <Item>(read: (cursor: string | undefined) => Promise<Page<Item>>): List<Item> => {
  const pages = async function* (): AsyncGenerator<Item[]> {
    let cursor: string | undefined
    do {
      const { items, next } = await read(cursor)
      yield items
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
