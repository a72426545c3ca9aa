import type { Handlers } from '../http/on-http.ts'
import { accepted, type HttpReply, notFound, problem, unknownDock } from '../http/reply.ts'
import type { dockStore } from '../registry/store.ts'
import { errorFields } from '../runtime/error-fields.ts'
import { log } from '../runtime/log.ts'
import { count } from '../runtime/telemetry.ts'
import { ownFact } from './facts.ts'
import { type CancelNeeds, requestCancel } from './request-cancel.ts'
import type { logRoutes } from './routes.ts'
import { followUp } from './series.ts'
import { openModules, type UploadStatus, uploadStatus } from './state.ts'
import type { StoredUpload, uploadReader } from './store.ts'
import { newestTry } from './tries.ts'
import { uploadHref, uploadView } from './view.ts'

/**
 * Asks a dock to stop an upload, and calls off its follow-ups. The upload is canceled when the dock confirms
 * it. A repeat is harmless. Applies to the newest try of the series, so that a caller who knows the first one
 * can always stop the current one.
 */

type Needs = CancelNeeds & {
  docks: Pick<ReturnType<typeof dockStore>, 'find'>
  uploads: Pick<ReturnType<typeof uploadReader>, 'get'>
}

export const cancelLogUpload = (use: Needs): Handlers<typeof logRoutes, 'cancelUpload'> => ({
  cancelUpload: async ({ params, body, fleets, caller }) => {
    const { dockSn } = params
    const dock = await use.docks.find(dockSn, fleets)
    if (!dock) return unknownDock(dockSn)
    const upload = await uploadToCancel(use, dockSn, params.id)
    if (!upload) return notFound('upload', params.id)
    const { id } = upload.request
    const { terms, registers } = upload.hot
    const status = uploadStatus(terms, registers, use.now())
    if (!status.open) return cancelFollowUp(use, { dockSn, upload, status }, caller.name)
    const modules = [...new Set(body.modules ?? terms.modules)]
    const unknownModules = modules.flatMap((module, n) =>
      terms.modules.includes(module) ? [] : [{ module, n }],
    )
    if (unknownModules.length > 0)
      return problem('invalid-request', 'See `errors` for what to change.', {
        errors: unknownModules.map(({ module, n }) => ({
          path: `modules[${n}]`,
          message: `the upload has no archive of the ${module}`,
        })),
      })
    try {
      const whole = openModules(terms, status).every((module) => modules.includes(module))
      await requestCancel(use, { dockSn, id }, { modules, whole, by: caller.name })
    } catch (error) {
      log('commandNotSent', { dockSn, uploadId: id, ...errorFields(error) })
      count('CommandsNotSent')
      return problem(
        'command-not-sent',
        'It is not sure that the dock was asked to stop. Ask again: that does no harm.',
      )
    }
    const { request, hot } = (await use.uploads.get(dockSn, id)) ?? upload
    return accepted(uploadView(request, hot, use.now()), uploadHref(dockSn, id))
  },
})

/**
 * The upload to cancel: the named one if it is open (a late report may have reopened it), else the newest
 * try.
 */
const uploadToCancel = async (use: Needs, dockSn: string, id: string): Promise<StoredUpload | undefined> => {
  const named = await use.uploads.get(dockSn, id)
  if (!named || uploadStatus(named.hot.terms, named.hot.registers, use.now()).open) return named
  return newestTry(use, dockSn, id)
}

/**
 * Cancels an upload that has ended but has a follow-up due: as long as that has not started, it only has to
 * be called off.
 */
const cancelFollowUp = async (
  use: Needs,
  { dockSn, upload, status }: { dockSn: string; upload: StoredUpload; status: UploadStatus },
  by: string,
): Promise<HttpReply> => {
  const { id } = upload.request
  const { terms, registers } = upload.hot
  const at = use.now()
  const due = followUp(terms, registers, status, at)
  const recorded = due && (await use.hot.record(dockSn, id, ownFact('stopAsked', at, use.newId(at))))
  const now = recorded && recorded !== 'unknown' ? recorded.upload : upload.hot
  const { successor } = now.registers
  if (!due || successor)
    return problem('upload-ended', `It is ${status.state}.`, {
      href: uploadHref(dockSn, successor?.id ?? id),
    })
  await use.history.add(dockSn, id, { at, by, action: 'cancel' })
  return accepted(uploadView(upload.request, now, at), uploadHref(dockSn, id))
}
