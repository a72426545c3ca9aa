import type { Idempotency } from '../http/idempotency.ts'
import type { Dock } from '../registry/store.ts'
import { type BeginNeeds, type Begun, beginUpload, idsAndDeadlines } from './begin.ts'
import { estimateSeconds, measuredRate, withSizes } from './estimate.ts'
import type { listingStore } from './listings/store.ts'
import type { NewUpload, Predecessor } from './open.ts'
import type { FollowUpKind, Selection } from './request.ts'
import type { Part, Work } from './series.ts'
import { uploadStatus } from './state.ts'
import type { StoredUpload, uploadReader } from './store.ts'

/** What starting a follow-up needs, for operators and for the sweep. */
export type FollowNeeds = BeginNeeds & {
  uploads: Pick<ReturnType<typeof uploadReader>, 'get' | 'ofDock'>
  listings: Pick<ReturnType<typeof listingStore>, 'logs'>
}

/** How many of a dock's newest uploads its rate is measured from. */
const recent = 10

/** The best rate of a dock's recent uploads, in bytes a second. */
export const rateOf = async (
  { uploads, now }: { uploads: Pick<FollowNeeds['uploads'], 'ofDock'>; now: () => number },
  dockSn: string,
): Promise<number | undefined> => measuredRate((await uploads.ofDock(dockSn, { limit: recent })).items, now())

export type Sized = { selections: readonly Selection[]; estimatedSeconds: number | undefined }

/** A part with the sizes of its logs and the estimated time, as far as they are known. */
export const sizeUp = async (use: FollowNeeds, dockSn: string, part: Part): Promise<Sized> => {
  const [listed, rate] = await Promise.all([use.listings.logs(dockSn), rateOf(use, dockSn)])
  const selections = withSizes(part, listed)
  return { selections, estimatedSeconds: estimateSeconds(selections, rate) }
}

export type Following = Sized & {
  kind: FollowUpKind
  rest: Work['rest']
  /** `clock`: an automatic start, which uses up one of the retries that the request allows. */
  startedBy: 'operator' | 'clock'
  by: string
  finishBy: number | undefined
  note: string | undefined
  idempotency?: Idempotency | undefined
}

/**
 * Starts the upload that follows `stored`. Of two concurrent calls only one starts it; the other finds that
 * `stored` has changed, or that the dock is busy.
 */
export const followUpload = async (
  use: FollowNeeds,
  dock: Dock,
  stored: StoredUpload,
  { kind, startedBy, by, idempotency, ...more }: Following,
): Promise<Begun & { id: string }> => {
  const upload: NewUpload = {
    ...idsAndDeadlines(use, use.now()),
    ...more,
    ...allowance(stored, kind, startedBy),
    requestedBy: by,
    cause: stored.request.cause,
    predecessor: await predecessorOf(use, stored, kind),
  }
  return { ...(await beginUpload(use, dock, upload, idempotency)), id: upload.id }
}

/** The retries and halvings that an upload leaves to the one that follows it. */
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

const predecessorOf = async (
  { uploads, now }: FollowNeeds,
  { request, hot }: StoredUpload,
  kind: FollowUpKind,
): Promise<Predecessor> => {
  const { id, dockSn, retryOf: first = id, attempt = 1 } = request
  const isFirstKept = first === id || (await uploads.get(dockSn, first)) !== undefined
  const { state } = uploadStatus(hot.terms, hot.registers, now())
  return { id, rev: hot.rev, state, attempt, first, isFirstKept, kind }
}
