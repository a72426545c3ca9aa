import { type ClockNeeds, onClock, sweepDue } from '../clock.ts'
import { credentialProvider } from '../credentials/configured.ts'
import { type Env, env as names } from '../env.ts'
import { type FollowNeeds, followUpload, sizeUp } from '../follow-upload.ts'
import { type LongUploads, longUploads } from '../long-uploads.ts'
import { newId } from '../new-id.ts'
import { publisher } from '../publish.ts'
import { dockStore } from '../store/docks.ts'
import { dueItems } from '../store/due-items.ts'
import { connectTable } from '../store/dynamodb.ts'
import { followUp, lostOf } from '../store/follow-up.ts'
import { hotUploads } from '../store/hot-upload.ts'
import { dueKinds } from '../store/keys.ts'
import { listingStore } from '../store/listings.ts'
import { uploadOpener } from '../store/open-upload.ts'
import { workOf } from '../store/remaining-work.ts'
import { settle } from '../store/upload-state.ts'
import { addressOf, type UploadAddress, uploadReader } from '../store/uploads.ts'

/**
 * Starts the uploads that follow others by themselves: retries of what failed, halves of what was too much at once, the next part of
 * what was divided. Started once a minute. Two at the same time start one: the link from the upload before is written under a
 * condition, in the transaction that opens the next. What finds its dock at other work waits for the next minute, for an hour at most.
 */

type Needs = FollowNeeds &
  ClockNeeds & {
    docks: Pick<ReturnType<typeof dockStore>, 'find'>
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
  const sized = await sizeUp(use, dockSn, work.part)
  const { finishBy } = hot.terms
  const wouldEndAt = now + (sized.estimatedSeconds ?? 0) * 1000
  if (finishBy !== undefined && wouldEndAt > finishBy && use.longUploads !== 'allow') return
  await followUpload(use, dock, stored, {
    ...sized,
    kind: next.kind,
    rest: work.rest,
    startedBy: 'clock',
    by: 'groundcrew',
    finishBy,
    note: request.note,
  })
}

const wire = (env: Env): (() => Promise<void>) => {
  const table = connectTable(env)
  return continueUploads({
    docks: dockStore(table),
    listings: listingStore(table),
    uploads: uploadReader(table),
    due: dueItems(table, dueKinds.followUp),
    open: uploadOpener(table),
    hot: hotUploads(table, Date.now),
    lend: credentialProvider(env),
    publish: publisher(env),
    expireUnit: env[names.expireUnit] === 'seconds' ? 'seconds' : 'milliseconds',
    longUploads: longUploads(env),
    now: Date.now,
    newId,
  })
}

export const handler = onClock(wire)
