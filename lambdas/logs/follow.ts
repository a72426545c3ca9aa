import type { Dock } from '../docks/store.ts'
import type { Idempotency } from '../http/idempotency.ts'
import { type BeginNeeds, type Begun, beginUpload, newUpload } from './begin.ts'
import { estimateSeconds, measuredRate, withSizes } from './estimate.ts'
import type { listingStore } from './listings/store.ts'
import type { Followed, NewUpload } from './open.ts'
import type { FollowUpKind, Selection } from './request.ts'
import type { Part, Work } from './series.ts'
import { settle } from './state.ts'
import type { StoredUpload, uploadReader } from './store.ts'

/** What it takes to start an upload that follows another; for operators and for the clock. */
export type FollowNeeds = BeginNeeds & {
  uploads: Pick<ReturnType<typeof uploadReader>, 'get' | 'ofDock'>
  listings: Pick<ReturnType<typeof listingStore>, 'logs'>
}

/** Uploads of a dock that tell how fast it is. */
const recent = 10

/** How fast a dock has shown itself of late, in bytes a second. */
export const rateOf = async (
  { uploads, now }: { uploads: Pick<FollowNeeds['uploads'], 'ofDock'>; now: () => number },
  dockSn: string,
): Promise<number | undefined> => measuredRate((await uploads.ofDock(dockSn, { limit: recent })).items, now())

export type Sized = { selections: readonly Selection[]; estimatedSeconds: number | undefined }

/**
 * A part with the size of its logs, and how long it will take, as far as listings and earlier uploads tell.
 */
export const sizeUp = async (use: FollowNeeds, dockSn: string, part: Part): Promise<Sized> => {
  const [listed, rate] = await Promise.all([use.listings.logs(dockSn), rateOf(use, dockSn)])
  const selections = withSizes(part, listed)
  return { selections, estimatedSeconds: estimateSeconds(selections, rate) }
}

export type Following = Sized & {
  kind: FollowUpKind
  rest: Work['rest']
  /** `clock`: it started by itself, which counts against what the request allows. */
  startedBy: 'operator' | 'clock'
  by: string
  finishBy: number | undefined
  note: string | undefined
  idempotency?: Idempotency | undefined
}

/**
 * Starts the upload that follows `stored`. Two at the same time start one; the other finds `stored` changed,
 * or the dock busy.
 */
export const followUpload = async (
  use: FollowNeeds,
  dock: Dock,
  stored: StoredUpload,
  { kind, startedBy, by, idempotency, ...more }: Following,
): Promise<Begun & { id: string }> => {
  const upload: NewUpload = {
    ...newUpload(use, use.now()),
    ...more,
    ...allowance(stored, kind, startedBy),
    requestedBy: by,
    cause: stored.request.cause,
    follows: await linkTo(use, stored, kind),
  }
  return { ...(await beginUpload(use, dock, upload, idempotency)), id: upload.id }
}

/** What of its request's allowance an upload leaves to the one that follows it. */
const allowance = (
  { hot }: StoredUpload,
  kind: FollowUpKind,
  startedBy: Following['startedBy'],
): { retriesLeft: number; retriesUsed: number; halvingsLeft: number } => {
  const { retriesLeft = 0, retriesUsed = 0, halvingsLeft = 0 } = hot.terms.sequel ?? {}
  const retry = kind === 'retry' && startedBy === 'clock' ? 1 : 0
  return {
    retriesLeft: Math.max(0, retriesLeft - retry),
    retriesUsed: retriesUsed + retry,
    halvingsLeft: Math.max(0, halvingsLeft - (kind === 'half' ? 1 : 0)),
  }
}

const linkTo = async (
  { uploads, now }: FollowNeeds,
  { request, hot }: StoredUpload,
  kind: FollowUpKind,
): Promise<Followed> => {
  const { id, dockSn, retryOf: first = id, attempt = 1 } = request
  const isFirstKept = first === id || (await uploads.get(dockSn, first)) !== undefined
  const { state } = settle(hot.terms, hot.registers, now())
  return { id, rev: hot.rev, state, attempt, first, isFirstKept, kind }
}
