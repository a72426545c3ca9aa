import type { dockStore } from '../docks/store.ts'
import type { presenceStore } from '../presence/store.ts'
import { systemNames } from '../runtime/system-names.ts'
import { type ClockNeeds, sweepDue } from '../sweeps/on-clock.ts'
import { type FollowNeeds, followUpload, sizeUp } from './follow.ts'
import type { LongUploads } from './long-uploads.ts'
import { followUp, lostOf, workOf } from './series.ts'
import { settle } from './state.ts'
import { addressOf, type UploadAddress } from './store.ts'

/**
 * Starts the uploads that follow others by themselves: retries of what failed, halves of what was too much at
 * once, the next part of what was divided. Started once a minute. Two at the same time start one: the link
 * from the upload before is written under a condition, in the transaction that opens the next. What finds its
 * dock at other work, or absent, waits for the next minute, for an hour at most.
 */

type Needs = FollowNeeds &
  ClockNeeds & {
    docks: Pick<ReturnType<typeof dockStore>, 'find'>
    presence: Pick<ReturnType<typeof presenceStore>, 'isAbsent'>
    longUploads: LongUploads
  }

export const continueUploads = (use: Needs) => (): Promise<void> =>
  sweepDue(use, {
    name: 'continue-uploads',
    subjectOf: addressOf,
    lookAfter: async (upload) => {
      await carryOn(use, upload)
      return undefined
    },
  })

const carryOn = async (use: Needs, { dockSn, uploadId: id }: UploadAddress): Promise<void> => {
  const now = use.now()
  const [stored, dock] = await Promise.all([use.uploads.get(dockSn, id), use.docks.find(dockSn, 'all')])
  if (!stored || !dock) return
  const { request, hot } = stored
  const settled = settle(hot.terms, hot.registers, now)
  const next = followUp(hot.terms, hot.registers, settled, now)
  const lost = lostOf(hot.terms, hot.registers, settled).filter(
    ({ retryable, tooManyLogs }) => retryable || tooManyLogs,
  )
  const work = next && workOf(next.kind, request, lost)
  if (!work || next.at > now) {
    // What the index says is out of date.
    await use.hot.review(dockSn, id)
    return
  }
  // As for one at other work: it waits for the next minute, and no retry is spent.
  if (await use.presence.isAbsent(dockSn, now)) return
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
