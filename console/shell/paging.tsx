import Pagination from '@cloudscape-design/components/pagination'
import { useState } from 'react'
import { useLocation, useSearchParams } from 'react-router'
import * as z from 'zod/mini'
import { cursorName } from './address.ts'

/** How many rows a page of a table has; lists come from the server page by page, however long they are. */
export const pageSize = 25

/** Cursors of the pages so far, of which the first has none, and the page that is shown. */
type Place = { cursors: readonly (string | undefined)[]; index: number }

const beginning: Place = { cursors: [undefined], index: 0 }

/** What is shown, and the control to step through it. */
const pagingAt = ({ cursors, index }: Place, go: (place: Place) => void) => {
  const cursor = cursors[index]
  const step = (next: string | undefined, to: number): void => {
    const known = to < cursors.length ? cursors : [...cursors, next]
    go({ cursors: known, index: Math.min(to, known.length - 1) })
  }
  return {
    query: { limit: pageSize, ...(cursor === undefined ? {} : { cursor }) },
    /** The control, given what the page that is shown says of the next one; none where all is on one page. */
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
 * Steps through a list of the API, whose pages name the next one only. `key` is what the list depends on:
 * filters, for instance. Another one starts over.
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
  // Of an address that somebody was sent the pages between are not known.
  return data && cursors[data.index] === cursor
    ? { cursors, index: data.index }
    : { cursors: [undefined, cursor], index: 1 }
}

/**
 * The same for the list that a page is about: the place is in the address, so that Back goes to the page before. The
 * browser keeps the cursors on the way there.
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
