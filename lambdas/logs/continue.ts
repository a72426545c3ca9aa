import type { presenceStore } from '../presence/store.ts'
import type { dockStore } from '../registry/store.ts'
import { systemNames } from '../runtime/system-names.ts'
import { type ClockNeeds, sweepDue } from '../sweeps/on-clock.ts'
import { type FollowNeeds, followUpload, sizeUp } from './follow.ts'
import type { LongUploads } from './long-uploads.ts'
import { followUp, lostOf, workOf } from './series.ts'
import { uploadStatus } from './state.ts'
import { addressOf, type UploadAddress } from './store.ts'

/**
 * Starts automatic follow-ups: retries of failed archives, halves of uploads that were too large, the next
 * part of a divided upload. Started once a minute. Concurrent runs start each follow-up once: the transaction
 * that opens it also links the previous upload to it, on a condition. If the dock is busy or absent, the
 * follow-up waits for the next minute, for an hour at most.
 */

type Needs = FollowNeeds &
  ClockNeeds & {
    docks: Pick<ReturnType<typeof dockStore>, 'find'>
    presence: Pick<ReturnType<typeof presenceStore>, 'isOffline'>
    longUploads: LongUploads
  }

export const continueUploads = (use: Needs) => (): Promise<void> =>
  sweepDue(use, {
    name: 'continue-uploads',
    subjectOf: addressOf,
    check: async (upload) => {
      await startFollowUp(use, upload)
      return undefined
    },
  })

const startFollowUp = async (use: Needs, { dockSn, uploadId: id }: UploadAddress): Promise<void> => {
  const now = use.now()
  const [stored, dock] = await Promise.all([use.uploads.get(dockSn, id), use.docks.find(dockSn, 'all')])
  if (!stored || !dock) return
  const { request, hot } = stored
  const status = uploadStatus(hot.terms, hot.registers, now)
  const next = followUp(hot.terms, hot.registers, status, now)
  const lost = lostOf(hot.terms, hot.registers, status).filter(
    ({ transient, tooManyLogs }) => transient || tooManyLogs,
  )
  const work = next && workOf(next.kind, request, lost)
  if (!work || next.at > now) {
    // The index entry is out of date.
    await use.hot.review(dockSn, id)
    return
  }
  // As for a busy dock: the follow-up waits for the next minute and uses up no retry.
  if (await use.presence.isOffline(dockSn, now)) return
  const sized = await sizeUp(use, dockSn, work.part)
  const { finishBy } = hot.terms
  const wouldEndAt = now + (sized.estimatedSeconds ?? 0) * 1000
  if (finishBy !== undefined && wouldEndAt > finishBy && use.longUploads !== 'allow') return
  await followUpload(use, dock, stored, {
    ...sized,
    kind: next.kind,
    rest: work.rest,
    startedBy: 'clock',
    by: systemNames.us,
    finishBy,
    note: request.note,
  })
}
