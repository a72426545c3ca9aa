import type { Handlers, Request } from '../http/on-http.ts'
import { dockOffline, type HttpReply, invalid, problem, unknownDock } from '../http/reply.ts'
import { OwnError } from '../runtime/own-error.ts'
import { beginUpload } from './begin.ts'
import type { listingStore } from './listings/store.ts'
import { whyNotListed } from './listings/view.ts'
import type { NewUpload } from './open.ts'
import { planUpload } from './plan.ts'
import { outcomeOf, showRepeated, tooLong } from './replies.ts'
import type { RetryNeeds } from './retry.ts'
import type { logRoutes } from './routes.ts'

/**
 * Starts an upload of logs: records it and takes the dock's slot, lends credentials for its archives only,
 * then sends the command. If the request has an `Idempotency-Key`, repeating it starts nothing. Runs in the
 * same function as `retry.ts`, and so with the same rights.
 *
 * Everybody who starts an upload takes the same way: `plan.ts` makes it of a request, `begin.ts` opens it
 * (`open.ts`, one transaction) and sends the command. An upload that follows another one comes by
 * `follow.ts`: for an operator from `retry.ts`, automatically from `continue.ts`. `series.ts` decides what
 * has to follow.
 */

export type Needs = RetryNeeds & {
  listings: Pick<ReturnType<typeof listingStore>, 'newest'>
  /** Automatic retries of an upload whose request has no `retries`. */
  autoRetries: number
}

export const startLogUpload = (use: Needs): Handlers<typeof logRoutes, 'startUpload'> => ({
  startUpload: async (request) => {
    const { dockSn } = request.params
    const now = use.now()
    const dock = await use.docks.find(dockSn, request.fleets)
    if (!dock) return unknownDock(dockSn)
    const repeated = await use.idempotency.find(request.idempotency, now)
    if (repeated) return showRepeated(use, dockSn, repeated)
    if (!request.query.force && (await use.presence.isOffline(dockSn, now))) return dockOffline(dockSn)
    const upload = await plan(use, request, now)
    if ('status' in upload) return upload
    const begun = await beginUpload(use, dock, upload, request.idempotency)
    if (begun.outcome === 'changed')
      throw new OwnError(
        '`beginUpload` returned `changed` for a first upload; only a follow-up can be refused that way',
      )
    return outcomeOf(use, { dockSn, id: upload.id }, begun, request.idempotency)
  },
})

/** The upload to open, or the reply that says why it cannot be opened. */
const plan = async (
  use: Needs,
  { params, body, caller }: Request<typeof logRoutes.startUpload>,
  now: number,
): Promise<NewUpload | HttpReply> => {
  const finishBy = body.finishBy === undefined ? undefined : Date.parse(body.finishBy)
  if (finishBy !== undefined && finishBy <= now)
    return invalid([{ path: 'finishBy', message: 'must be in the future' }])
  const { selections, note, retries = use.autoRetries } = body
  const requested = { selections, finishBy, requestedBy: caller.name, note, retries }
  const planned = await planUpload(use, params.dockSn, requested, now)
  if (planned.outcome === 'planned') return planned.upload
  if (planned.outcome === 'tooLong') return tooLong(planned)
  const { choice } = planned
  if ('errors' in choice) return invalid(choice.errors)
  const module = choice.notListed
  const why = whyNotListed(await use.listings.newest(params.dockSn), module, now)
  return problem(
    'no-listing',
    why
      ? `The newest listing has no logs of the ${module}. ${why.reason} ${why.advice}`
      : `Request a listing first: the dock has not reported the logs of its ${module} yet.`,
  )
}
