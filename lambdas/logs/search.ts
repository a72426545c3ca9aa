import { type Fleets, includes } from '../table/fleets.ts'
import { BadCursor, defaultLimit, type Page, type PageRequest } from '../table/pages.ts'
import { uploadStatus } from './state.ts'
import { cursorAfter, type StoredUpload, type uploadReader } from './store.ts'

/** Searches uploads by what no index has: their dock and their note. */

export type UploadQuery = {
  state?: readonly string[] | undefined
  createdAfter?: number | undefined
  createdBefore?: number | undefined
  dockSn?: string | undefined
  /** A part of the note, not case-sensitive. */
  note?: string | undefined
}

type Uploads = Pick<ReturnType<typeof uploadReader>, 'ofDock' | 'ofFleets'>
type Needs = { uploads: Uploads; now: () => number }

/** The page size and the number of pages that one search reads at most, which bounds its cost. */
const lookedAtOnce = 50
const maxLooks = 4

/**
 * One page, newest first. An index finds uploads by state, fleet and time; notes are matched afterwards, so a
 * page may be short, or empty, and still have a `next`. Only reads.
 */
export const searchUploads = (
  use: Needs,
  fleets: Fleets,
  query: UploadQuery,
  request: PageRequest,
): Promise<Page<StoredUpload>> => {
  const { dockSn, note } = query
  if (dockSn !== undefined)
    return fitting(
      (of) => use.uploads.ofDock(dockSn, of),
      (upload) => isLike(query, upload, use.now()) && includes(fleets, upload.request.fleet),
      ({ request: { id } }) => id,
      { ...request, cursor: request.cursor && upload(request.cursor) },
    )
  const read = (of: PageRequest) => use.uploads.ofFleets(fleets, query, of)
  return note === undefined
    ? read(request)
    : fitting(read, (one) => hasNote(query, one), cursorAfter, request)
}

const upload = (cursor: string): string => {
  if (!/^[0-9a-f-]{36}$/.test(cursor)) throw new BadCursor()
  return cursor
}

const hasNote = ({ note = '' }: UploadQuery, { request }: StoredUpload): boolean =>
  (request.note ?? '').toLowerCase().includes(note.toLowerCase())

const isLike = (query: UploadQuery, upload: StoredUpload, now: number): boolean => {
  const { state, createdAfter = 0, createdBefore = Number.POSITIVE_INFINITY } = query
  const { terms, registers } = upload.hot
  return (
    terms.createdAt >= createdAfter &&
    terms.createdAt < createdBefore &&
    (state?.includes(uploadStatus(terms, registers, now).state) ?? true) &&
    hasNote(query, upload)
  )
}

const fitting = async (
  read: (request: PageRequest) => Promise<Page<StoredUpload>>,
  fits: (upload: StoredUpload) => boolean,
  cursorOf: (upload: StoredUpload) => string,
  { limit = defaultLimit, cursor }: PageRequest,
): Promise<Page<StoredUpload>> => {
  const found: StoredUpload[] = []
  let next = cursor
  for (let looks = 0; looks < maxLooks; looks++) {
    const page = await read({ limit: lookedAtOnce, cursor: next })
    found.push(...page.items.filter(fits))
    next = page.next
    const last = found[limit - 1]
    if (last && (found.length > limit || next)) return { items: found.slice(0, limit), next: cursorOf(last) }
    if (next === undefined) break
  }
  return { items: found, next }
}
