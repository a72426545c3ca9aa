import { type FollowNeeds, followUpload, sizeUp } from './follow-upload.ts'
import type { Handlers, Request } from './http.ts'
import { invalid, notFound, type Outcome, problem, unknownDock } from './outcomes.ts'
import type { Dock, dockStore } from './store/docks.ts'
import { type FollowUpKind, lostOf } from './store/follow-up.ts'
import type { idempotencyStore } from './store/idempotency.ts'
import { workOf } from './store/remaining-work.ts'
import { settle } from './store/upload-state.ts'
import type { StoredUpload } from './store/uploads.ts'
import { outcomeOf, showRepeated } from './upload-outcomes.ts'
import { uploadHref } from './views.ts'

/**
 * Starts another try of an upload that has ended: of the archives that did not arrive, with fresh credentials, under an id of its
 * own. Of several tries the newest counts, so that whoever knows the first can always try again. With an `Idempotency-Key` a repeat
 * starts nothing again; without one, a repeat finds the try open.
 */
export type RetryNeeds = FollowNeeds & {
  docks: Pick<ReturnType<typeof dockStore>, 'find'>
  idempotency: ReturnType<typeof idempotencyStore>
}

export const retryUpload = (use: RetryNeeds): Handlers<'retryUpload'> => ({
  retryUpload: async (request) => {
    const { dockSn, id } = request.params
    const now = use.now()
    const dock = await use.docks.find(dockSn, request.fleets)
    if (!dock) return unknownDock(dockSn)
    const repeated = await use.idempotency.find(request.idempotency, now)
    if (repeated) return showRepeated(use, dockSn, repeated)
    if (request.body.finishBy !== undefined && Date.parse(request.body.finishBy) <= now)
      return invalid([{ path: 'finishBy', message: 'must be in the future' }])
    for (let attempt = 1; ; attempt++) {
      const newest = await newestTry(use, dockSn, id)
      if (!newest) return notFound('upload', id)
      const outcome = await tryAgain(use, dock, newest, request)
      if (outcome !== 'changed') return outcome
      // The dock or storage has told something of it meanwhile, which may be the end of what there is to retry.
      if (attempt === 3) return problem('try-again', 'The upload is changing. Try again in a moment.')
    }
  },
})

const newestTry = async (use: RetryNeeds, dockSn: string, id: string): Promise<StoredUpload | undefined> => {
  const upload = await use.uploads.get(dockSn, id)
  const successor = upload?.hot.registers.successor
  return successor ? ((await newestTry(use, dockSn, successor.id)) ?? upload) : upload
}

const tryAgain = async (
  use: RetryNeeds,
  dock: Dock,
  stored: StoredUpload,
  { body, caller, idempotency }: Request<'retryUpload'>,
): Promise<Outcome | 'changed'> => {
  const { dockSn } = dock
  const { request, hot } = stored
  const now = use.now()
  const settled = settle(hot.terms, hot.registers, now)
  const href = uploadHref(dockSn, request.id)
  if (settled.open) return problem('upload-open', 'Wait for its end, or cancel it.', { href })
  const lost = lostOf(hot.terms, hot.registers, settled)
  const kind = kindOf(stored, lost, settled.state)
  const work = kind && workOf(kind, request, lost)
  if (!work)
    return problem('nothing-to-retry', `It is ${settled.state}, and what failed would fail again.`, { href })
  const earlier =
    hot.terms.finishBy !== undefined && hot.terms.finishBy > now ? hot.terms.finishBy : undefined
  const begun = await followUpload(use, dock, stored, {
    ...(await sizeUp(use, dockSn, work.part)),
    kind,
    rest: work.rest,
    startedBy: 'operator',
    by: caller.name,
    finishBy: body.finishBy === undefined ? earlier : Date.parse(body.finishBy),
    note: body.note ?? request.note,
    idempotency,
  })
  return begun.outcome === 'changed'
    ? 'changed'
    : outcomeOf(use, { dockSn, id: begun.id }, begun, idempotency)
}

/** As for what starts by itself, but an operator may also try what failed beside an archive that arrived. */
const kindOf = (
  { request }: StoredUpload,
  lost: ReturnType<typeof lostOf>,
  state: string,
): FollowUpKind | undefined => {
  if (lost.length === 0) return request.rest && request.rest.length > 0 ? 'part' : undefined
  const isDivisible = (module: string) =>
    request.archives.some((archive) => archive.module === module && archive.bootIndexes.length > 1)
  if (lost.some(({ module, tooManyLogs }) => tooManyLogs && isDivisible(module))) return 'half'
  return state === 'partial' || lost.some(({ retryable }) => retryable) ? 'retry' : undefined
}
