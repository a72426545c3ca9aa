import Pagination from '@cloudscape-design/components/pagination'
import { useState } from 'react'

/** How many rows a page of a table has; lists come from the server page by page, however long they are. */
export const pageSize = 25

/**
 * Steps through a list of the API, whose pages name the next one only. `key` is what the list depends on:
 * filters, for instance. Another one starts over.
 */
export const usePaging = (key: string) => {
  const [state, setState] = useState<{ key: string; cursors: (string | undefined)[]; index: number }>({
    key,
    cursors: [undefined],
    index: 0,
  })
  const now = state.key === key ? state : { key, cursors: [undefined], index: 0 }
  const cursor = now.cursors[now.index]
  const go = (next: string | undefined, index: number): void => {
    const cursors = index < now.cursors.length ? now.cursors : [...now.cursors, next]
    setState({ key, cursors, index: Math.min(index, cursors.length - 1) })
  }
  return {
    query: { limit: pageSize, ...(cursor === undefined ? {} : { cursor }) },
    /** The control, given what the page that is shown says of the next one; none where all is on one page. */
    control: (next: string | undefined, busy: boolean) =>
      (next !== undefined || now.index > 0) && (
        <Pagination
          currentPageIndex={now.index + 1}
          pagesCount={Math.max(now.cursors.length, now.index + 1)}
          openEnd={next !== undefined && now.index + 1 === now.cursors.length}
          disabled={busy}
          onChange={({ detail }) => go(next, detail.currentPageIndex - 1)}
        />
      ),
  }
}
