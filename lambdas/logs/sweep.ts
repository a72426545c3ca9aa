import { systemNames } from '../runtime/system-names.ts'
import type { Archives } from '../storage/archives/configured.ts'
import { type ClockNeeds, type LongWork, sweepDue } from '../sweeps/on-clock.ts'
import { missingAfterMs } from './deadlines.ts'
import { objectFact, ownFact } from './facts.ts'
import type { HotUploads, RecordedUpload } from './hot-upload.ts'
import { type CancelNeeds, requestCancel } from './request-cancel.ts'
import { addressOf, type UploadAddress, type uploadReader } from './store.ts'

/**
 * Checks uploads that are due: gives up those past their deadline, asks docks to stop at `finishBy`, and
 * checks storage if a dock said `ok` and no storage event came. Started once a minute. Concurrent runs do no
 * harm, since they only write facts, and a dock refuses a second cancel. Storage is checked last, so that no
 * cancel waits for storage that hangs.
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
    check: (upload) => checkUpload(use, upload, now),
  })
}

const checkUpload = async (
  use: Needs,
  { dockSn, uploadId: id }: UploadAddress,
  now: number,
): Promise<LongWork | undefined> => {
  const found = await use.hot.review(dockSn, id)
  if (found === 'unknown') return undefined
  const { terms, registers } = found.upload
  const { open } = found.status
  if (!open) return () => checkStorage(use, dockSn, id, found, now)
  if (!registers.cancel && terms.finishBy !== undefined && terms.finishBy <= now) {
    const { modules } = terms
    await requestCancel(use, { dockSn, id }, { modules, whole: true, by: systemNames.us })
  }
  return undefined
}

/**
 * Looks for archives in storage. If the storage sends no events, this is the only proof, at the first run
 * after the dock's `ok`; otherwise it makes up for lost events. A dock may say `ok` a moment before storage
 * has the archive, so an archive is missing only after five minutes.
 */
const checkStorage = async (
  use: Needs,
  dockSn: string,
  id: string,
  { status }: RecordedUpload,
  now: number,
): Promise<void> => {
  const upload = await use.get(dockSn, id)
  for (const { module, objectKey } of upload?.request.archives ?? []) {
    const { state, end, verification, deletion, claimedAt } = status.archives[module] ?? {}
    const saidAt = claimedAt ?? (state === 'uploaded' && !verification ? end?.at : undefined)
    if (saidAt === undefined || deletion) continue
    const object = await use.archives.find(objectKey)
    const etag = use.etagIsMd5 ? object?.etag : undefined
    if (object) await use.hot.record(dockSn, id, objectFact(module, { ...object, etag, at: now }))
    else if (saidAt + missingAfterMs <= now)
      await use.hot.record(dockSn, id, ownFact(`${module}Absent`, now, id))
  }
}
