import { credentialProvider } from '../credentials/configured.ts'
import { type Env, env as names } from '../env.ts'
import { type FollowNeeds, followUpload, sizeUp } from '../follow-upload.ts'
import { type LongUploads, longUploads } from '../long-uploads.ts'
import { newId } from '../new-id.ts'
import { publisher } from '../publish.ts'
import { dockStore } from '../store/docks.ts'
import { connectTable } from '../store/dynamodb.ts'
import { followUp, lostOf } from '../store/follow-up.ts'
import { hotUploads } from '../store/hot-upload.ts'
import { listingStore } from '../store/listings.ts'
import { uploadOpener } from '../store/open-upload.ts'
import { workOf } from '../store/remaining-work.ts'
import { settle } from '../store/upload-state.ts'
import { type DueUpload, uploadReader } from '../store/uploads.ts'
import { errorFields, flushCounts, logger, messages } from '../telemetry.ts'

/**
 * Starts the uploads that follow others by themselves: retries of what failed, halves of what was too much at once, the next part of
 * what was divided. Started once a minute. Two at the same time start one: the link from the upload before is written under a
 * condition, in the transaction that opens the next. What finds its dock at other work waits for the next minute, for an hour at most.
 */

type Needs = FollowNeeds & {
  docks: Pick<ReturnType<typeof dockStore>, 'find'>
  toFollow: (now: number) => AsyncIterable<DueUpload>
  longUploads: LongUploads
}

export const continueUploads = (use: Needs) => async (): Promise<void> => {
  for await (const upload of use.toFollow(use.now())) {
    try {
      await carryOn(use, upload)
    } catch (error) {
      // The upload stays due, so the next minute tries again; the others need not wait.
      logger.error(messages.sweepFailed, { ...upload, ...errorFields(error) })
    }
  }
}

const carryOn = async (use: Needs, { dockSn, id }: DueUpload): Promise<void> => {
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
  const uploads = uploadReader(table)
  return continueUploads({
    docks: dockStore(table),
    listings: listingStore(table),
    uploads,
    toFollow: uploads.toFollow,
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

let run: (() => Promise<void>) | undefined

export const handler = async (): Promise<void> => {
  run ??= wire(process.env)
  try {
    await run()
  } finally {
    flushCounts()
  }
}
