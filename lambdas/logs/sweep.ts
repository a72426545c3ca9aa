import { systemNames } from '../runtime/system-names.ts'
import type { Archives } from '../storage/archives/configured.ts'
import { type ClockNeeds, type Later, sweepDue } from '../sweeps/on-clock.ts'
import { objectFact, ownFact } from './facts.ts'
import type { HotUploads, RecordedUpload } from './hot-upload.ts'
import { type CancelNeeds, requestCancel } from './request-cancel.ts'
import { missingAfterMs } from './state.ts'
import { addressOf, type UploadAddress, type uploadReader } from './store.ts'

/**
 * Looks after uploads whose time has come: gives up those whose deadline has passed, asks docks to stop at
 * `finishBy`, looks into storage where a dock said `ok` and no storage event came. Started once a minute; two
 * at the same time do no harm, since all that it writes are facts, and a second cancel is refused by the
 * dock. Storage comes last: where it hangs, no cancel waits for it.
 */

type Needs = Omit<CancelNeeds, 'hot'> &
  ClockNeeds & {
    hot: HotUploads
    get: ReturnType<typeof uploadReader>['get']
    archives: Archives
    etagIsMd5: boolean
  }

export const sweepUploads = (use: Needs) => (): Promise<void> => {
  const now = use.now()
  return sweepDue(use, {
    name: 'sweep-uploads',
    subjectOf: addressOf,
    lookAfter: (upload) => lookAfter(use, upload, now),
  })
}

const lookAfter = async (
  use: Needs,
  { dockSn, uploadId: id }: UploadAddress,
  now: number,
): Promise<Later | undefined> => {
  const found = await use.hot.review(dockSn, id)
  if (found === 'unknown') return undefined
  const { terms, registers } = found.upload
  const { open } = found.settled
  if (!open) return () => lookIntoStorage(use, dockSn, id, found, now)
  if (!registers.cancel && terms.finishBy !== undefined && terms.finishBy <= now) {
    const { modules } = terms
    await requestCancel(use, { dockSn, id, open: modules }, { modules, by: systemNames.us })
  }
  return undefined
}

/**
 * The proof where storage sends no events, at the next run after the dock's `ok`; where it does, a net under
 * them. A dock may say `ok` a moment before storage has the archive, so it is missing only after five minutes
 * of looking.
 */
const lookIntoStorage = async (
  use: Needs,
  dockSn: string,
  id: string,
  { settled }: RecordedUpload,
  now: number,
): Promise<void> => {
  const upload = await use.get(dockSn, id)
  for (const { module, objectKey } of upload?.request.archives ?? []) {
    const { state, end, verification, deletion, claimedAt } = settled.archives[module] ?? {}
    const saidAt = claimedAt ?? (state === 'uploaded' && !verification ? end?.at : undefined)
    if (saidAt === undefined || deletion) continue
    const object = await use.archives.find(objectKey)
    const etag = use.etagIsMd5 ? object?.etag : undefined
    if (object) await use.hot.record(dockSn, id, objectFact(module, { ...object, etag, at: now }))
    else if (saidAt + missingAfterMs <= now)
      await use.hot.record(dockSn, id, ownFact(`${module}Absent`, now, id))
  }
}
