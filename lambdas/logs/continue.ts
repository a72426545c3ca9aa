import { dockStore } from '../docks/store.ts'
import { type Env, env as names } from '../env.ts'
import { newId } from '../runtime/new-id.ts'
import { publisher } from '../runtime/publish.ts'
import { credentialProvider } from '../storage/credentials/configured.ts'
import { dueItems } from '../sweeps/due-items.ts'
import { type ClockNeeds, onClock, sweepDue } from '../sweeps/on-clock.ts'
import { connectTable } from '../table/client.ts'
import { dueKinds } from '../table/keys.ts'
import { type FollowNeeds, followUpload, sizeUp } from './follow.ts'
import { hotUploads } from './hot-upload.ts'
import { listingStore } from './listings/store.ts'
import { type LongUploads, longUploads } from './long-uploads.ts'
import { uploadOpener } from './open.ts'
import { workOf } from './remaining-work.ts'
import { followUp, lostOf } from './series.ts'
import { settle } from './state.ts'
import { addressOf, type UploadAddress, uploadReader } from './store.ts'

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
