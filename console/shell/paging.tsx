import Pagination from '@cloudscape-design/components/pagination'
import { useState } from 'react'
import { useLocation, useSearchParams } from 'react-router'
import * as z from 'zod/mini'
import { cursorName } from './address.ts'

/** The rows on a table's page; the server delivers lists of any length page by page. */
export const pageSize = 25

/** The cursors of the pages so far, of which the first has none, and the index of the shown page. */
type Place = { cursors: readonly (string | undefined)[]; index: number }

const beginning: Place = { cursors: [undefined], index: 0 }

/** The shown page, and the pagination control. */
const pagingAt = ({ cursors, index }: Place, go: (place: Place) => void) => {
  const cursor = cursors[index]
  const step = (next: string | undefined, to: number): void => {
    const known = to < cursors.length ? cursors : [...cursors, next]
    go({ cursors: known, index: Math.min(to, known.length - 1) })
  }
  return {
    query: { limit: pageSize, ...(cursor === undefined ? {} : { cursor }) },
    /** The pagination control, given the shown page's `next`; none if everything is on one page. */
    control: (next: string | undefined, busy: boolean) =>
      (next !== undefined || index > 0) && (
        <Pagination
          currentPageIndex={index + 1}
          pagesCount={Math.max(cursors.length, index + 1)}
          openEnd={next !== undefined && index + 1 === cursors.length}
          disabled={busy}
          onChange={({ detail }) => step(next, detail.currentPageIndex - 1)}
        />
      ),
  }
}

/**
 * Pagination of an API list, whose pages only name the next one. `key` is what the list depends on, for
 * instance its filters. A new key starts over.
 */
export const usePaging = (key: string) => {
  const [state, setState] = useState({ key, place: beginning })
  return pagingAt(state.key === key ? state.place : beginning, (place) => setState({ key, place }))
}

const Trail = z.object({ cursors: z.array(z.nullable(z.string())), index: z.int() })

const placeIn = (cursor: string | null, state: unknown): Place => {
  if (cursor === null) return beginning
  const { data } = Trail.safeParse(state)
  const cursors = data?.cursors.map((one) => one ?? undefined) ?? []
  // For an address from somebody else the pages between are unknown.
  return data && cursors[data.index] === cursor
    ? { cursors, index: data.index }
    : { cursors: [undefined, cursor], index: 1 }
}

/**
 * The same for a page's main list: the place is in the address, so that Back shows the page before. The
 * browser's history keeps the cursors.
 */
export const useAddressedPaging = () => {
  const { state } = useLocation()
  const [params, setParams] = useSearchParams()
  return pagingAt(placeIn(params.get(cursorName), state), ({ cursors, index }) => {
    const after = new URLSearchParams(params)
    const cursor = cursors[index]
    if (cursor === undefined) after.delete(cursorName)
    else after.set(cursorName, cursor)
    setParams(after, { state: { cursors: cursors.map((one) => one ?? null), index } })
  })
}
