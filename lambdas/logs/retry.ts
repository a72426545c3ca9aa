import type { idempotencyStore } from '../http/idempotency.ts'
import type { Handlers, Request } from '../http/on-http.ts'
import { dockOffline, type HttpReply, invalid, notFound, problem, unknownDock } from '../http/reply.ts'
import type { presenceStore } from '../presence/store.ts'
import type { Dock, dockStore } from '../registry/store.ts'
import { type FollowNeeds, followUpload, rateOf } from './follow.ts'
import { fit, type LongUploads } from './long-uploads.ts'
import { outcomeOf, showRepeated, tooLong } from './replies.ts'
import type { FollowUpKind } from './request.ts'
import type { logRoutes } from './routes.ts'
import { allArrived, lostOf, type Work, workOf } from './series.ts'
import { type UploadStatus, type UploadTerms, uploadStatus } from './state.ts'
import type { StoredUpload } from './store.ts'
import { leftOut, newestTry } from './tries.ts'
import { uploadHref } from './view.ts'

/**
 * Starts another try of an upload that has ended: the archives that did not arrive, with fresh credentials
 * and a new id. Continues from the newest try, so that a caller who knows the first one can always try again.
 * With an `Idempotency-Key` a repeat starts nothing; without one, a repeat finds the new try open. This is
 * the retry by hand. `series.ts` decides on automatic ones and their delays; `continue.ts` starts them.
 */
export type RetryNeeds = FollowNeeds & {
  docks: Pick<ReturnType<typeof dockStore>, 'find'>
  presence: Pick<ReturnType<typeof presenceStore>, 'isOffline'>
  idempotency: ReturnType<typeof idempotencyStore>
  longUploads: LongUploads
}

export const retryUpload = (use: RetryNeeds): Handlers<typeof logRoutes, 'retryUpload'> => ({
  retryUpload: async (request) => {
    const { dockSn, id } = request.params
    const now = use.now()
    const dock = await use.docks.find(dockSn, request.fleets)
    if (!dock) return unknownDock(dockSn)
    const repeated = await use.idempotency.find(request.idempotency, now)
    if (repeated) return showRepeated(use, dockSn, repeated)
    if (!request.query.force && (await use.presence.isOffline(dockSn, now))) return dockOffline(dockSn)
    if (request.body.finishBy !== undefined && Date.parse(request.body.finishBy) <= now)
      return invalid([{ path: 'finishBy', message: 'must be in the future' }])
    for (let attempt = 1; ; attempt++) {
      const newest = await newestTry(use, dockSn, id)
      if (!newest) return notFound('upload', id)
      const outcome = await tryAgain(use, dock, newest, request)
      if (outcome !== 'changed') return outcome
      // The dock or storage has reported something meanwhile: there may be nothing left to retry.
      if (attempt === 3) return problem('try-again', 'The upload is changing. Try again in a moment.')
    }
  },
})

const tryAgain = async (
  use: RetryNeeds,
  dock: Dock,
  stored: StoredUpload,
  { body, caller, idempotency }: Request<typeof logRoutes.retryUpload>,
): Promise<HttpReply | 'changed'> => {
  const { dockSn } = dock
  const { request, hot } = stored
  const now = use.now()
  const status = uploadStatus(hot.terms, hot.registers, now)
  const href = uploadHref(dockSn, request.id)
  if (status.open) return problem('upload-open', 'Wait for its end, or cancel it.', { href })
  const left = await workLeft(use, stored, status)
  if (!left) return problem('nothing-to-retry', nothingLeft(hot.terms, status), { href })
  const earlier =
    hot.terms.finishBy !== undefined && hot.terms.finishBy > now ? hot.terms.finishBy : undefined
  const finishBy = body.finishBy === undefined ? earlier : Date.parse(body.finishBy)
  const [listed, rate] = await Promise.all([use.listings.logs(dockSn), rateOf(use, dockSn)])
  const availableMs = (finishBy ?? Number.POSITIVE_INFINITY) - now
  const fitted = fit(left.work, { listed, rate, mode: use.longUploads, availableMs })
  if (fitted.outcome === 'tooLong') return tooLong(fitted)
  const begun = await followUpload(use, dock, stored, {
    selections: fitted.work.part,
    estimatedSeconds: fitted.estimatedSeconds,
    kind: left.kind,
    rest: fitted.work.rest,
    startedBy: 'operator',
    by: caller.name,
    finishBy,
    note: body.note ?? request.note,
    idempotency,
  })
  return begun.outcome === 'changed'
    ? 'changed'
    : outcomeOf(use, { dockSn, id: begun.id }, begun, idempotency)
}

const nothingLeft = (terms: UploadTerms, status: UploadStatus): string =>
  allArrived(terms, status)
    ? `It is ${status.state}: all of it has arrived.`
    : `It is ${status.state}, and another try would end the same.`

/** What the newest try lost; if everything arrived, what an earlier try left out. */
const workLeft = async (
  use: RetryNeeds,
  stored: StoredUpload,
  status: UploadStatus,
): Promise<{ kind: FollowUpKind; work: Work } | undefined> => {
  const { terms, registers } = stored.hot
  const lost = lostOf(terms, registers, status)
  const kind = kindOf(stored, lost, status)
  const work = kind && workOf(kind, stored.request, lost)
  if (work) return { kind, work }
  const earlier = allArrived(terms, status) ? await leftOut(use, stored) : undefined
  return earlier && { kind: 'retry', work: earlier }
}

/**
 * Decides as `series.ts` does for automatic follow-ups, but an operator may also retry what somebody had to
 * mend first (`retryable`), and any failure if another archive arrived.
 */
const kindOf = (
  { request, hot }: StoredUpload,
  lost: ReturnType<typeof lostOf>,
  status: UploadStatus,
): FollowUpKind | undefined => {
  if (lost.length === 0) return request.rest?.length && allArrived(hot.terms, status) ? 'part' : undefined
  const isDivisible = (module: string) =>
    request.archives.some((archive) => archive.module === module && archive.bootIndexes.length > 1)
  if (lost.some(({ module, tooManyLogs }) => tooManyLogs && isDivisible(module))) return 'half'
  return status.state === 'partial' || lost.some(({ retryable }) => retryable) ? 'retry' : undefined
}
