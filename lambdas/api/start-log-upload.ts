import { startUpload } from '../../protocols/dji-remote-log/down.ts'
import { credentialProvider } from '../credentials/configured.ts'
import type { LendCredentials } from '../credentials/provider.ts'
import { afterExpiryMs, credentialsLifetimeSeconds, startAnswerSeconds } from '../deadlines.ts'
import { env as names } from '../env.ts'
import { type Handlers, onHttp, type Request } from '../http.ts'
import { type NewId, newId } from '../new-id.ts'
import { accepted, type Outcome, problem, repeatedKey, unknownDock } from '../outcomes.ts'
import { type Publish, publisher } from '../publish.ts'
import { chooseLogs } from '../selection.ts'
import { type Dock, dockStore } from '../store/docks.ts'
import { connectTable } from '../store/dynamodb.ts'
import { type HotUploads, hotUploads } from '../store/hot-upload.ts'
import { idempotencyStore } from '../store/idempotency.ts'
import { listingStore } from '../store/listings.ts'
import { type NewUpload, type Opened, uploadOpener } from '../store/open-upload.ts'
import { ownFact } from '../store/upload-facts.ts'
import { type UploadRequest, uploadView } from '../store/upload-view.ts'
import { uploadReader } from '../store/uploads.ts'
import { count, errorFields, logger, messages } from '../telemetry.ts'
import { uploadHref } from '../views.ts'

/**
 * Has a dock upload logs: records the upload and takes the dock's slot, lends credentials for just its archives, sends the
 * command. With an `Idempotency-Key` a repeat starts nothing again.
 */

type Needs = {
  docks: Pick<ReturnType<typeof dockStore>, 'find'>
  listings: Pick<ReturnType<typeof listingStore>, 'logs'>
  idempotency: ReturnType<typeof idempotencyStore>
  open: ReturnType<typeof uploadOpener>
  hot: HotUploads
  uploads: Pick<ReturnType<typeof uploadReader>, 'get'>
  lend: LendCredentials
  publish: Publish
  expireUnit: 'milliseconds' | 'seconds'
  now: () => number
  newId: NewId
}

export const startLogUpload = (use: Needs): Handlers<'startUpload'> => ({
  startUpload: async (request) => {
    const { dockSn } = request.params
    const now = use.now()
    const dock = await use.docks.find(dockSn, request.fleets)
    if (!dock) return unknownDock(dockSn)
    const repeated = await use.idempotency.find(request.idempotency, now)
    if (repeated) return repeated.outcome === 'same' ? show(use, dockSn, repeated.id) : repeatedKey()
    const upload = await plan(use, request, now)
    if ('status' in upload) return upload

    const opened = await openOnce(use, dock, upload, request)
    if (opened.outcome === 'repeated')
      return opened.repeated.outcome === 'same' ? show(use, dockSn, opened.repeated.id) : repeatedKey()
    if (opened.outcome === 'busy') return busy(dockSn, opened.activeUpload)
    try {
      await send(use, opened.request, upload)
    } catch (error) {
      logger.error(messages.commandNotSent, { dockSn, uploadId: upload.id, ...errorFields(error) })
      count('CommandsNotSent')
      await use.hot.record(dockSn, upload.id, ownFact('notSent', use.now(), upload.commandId))
      await use.idempotency.forget(request.idempotency)
      return problem('command-not-sent', 'The upload was not started. Try again in a moment.')
    }
    count('UploadsStarted')
    return show(use, dockSn, upload.id)
  },
})

/** What to open, or why it cannot be. */
const plan = async (
  use: Needs,
  { params, body, caller }: Request<'startUpload'>,
  now: number,
): Promise<NewUpload | Outcome> => {
  const finishBy = body.finishBy === undefined ? undefined : Date.parse(body.finishBy)
  if (finishBy !== undefined && finishBy <= now)
    return invalid([{ path: 'finishBy', message: 'must be in the future' }])
  const choice = chooseLogs(body.selections, await use.listings.logs(params.dockSn))
  if (!choice.ok)
    return 'errors' in choice
      ? invalid(choice.errors)
      : problem(
          'no-listing',
          `Ask for a listing first: the dock has not told its logs of ${choice.notListed}.`,
        )
  return {
    id: use.newId(now),
    commandId: use.newId(now),
    now,
    answerBy: now + startAnswerSeconds * 1000,
    deadlineAt: now + credentialsLifetimeSeconds * 1000 + afterExpiryMs,
    finishBy,
    requestedBy: caller.name,
    note: body.note,
    selections: choice.chosen,
  }
}

const invalid = (errors: { path: string; message: string }[]): Outcome =>
  problem('invalid-request', 'See `errors` for what to change.', { errors })

/** A slot may be held by an upload that has ended by time alone, before the sweep came by: that one is freed first. */
const openOnce = async (
  use: Needs,
  dock: Dock,
  upload: NewUpload,
  { idempotency }: Request<'startUpload'>,
): Promise<Opened> => {
  const opened = await use.open(dock, upload, idempotency)
  if (opened.outcome !== 'busy' || !opened.activeUpload) return opened
  const holder = await use.hot.review(dock.dockSn, opened.activeUpload)
  const held = holder !== 'unknown' && holder.settled.open
  return held ? opened : use.open(dock, upload, idempotency)
}

const busy = (dockSn: string, activeUpload: string | undefined): Outcome =>
  problem(
    'dock-busy',
    'A dock does one upload at a time. Wait for the one at `href`, or cancel it.',
    activeUpload ? { href: uploadHref(dockSn, activeUpload) } : {},
  )

const send = async (
  use: Needs,
  { dockSn, fleet, archives }: UploadRequest,
  upload: NewUpload,
): Promise<void> => {
  const { storage, credentials } = await use.lend({
    uploadId: upload.id,
    dockSn,
    fleet,
    keys: archives.map(({ objectKey }) => objectKey),
    lifetimeSeconds: credentialsLifetimeSeconds,
  })
  const message = startUpload({
    dockSn,
    commandId: upload.commandId,
    jobId: upload.id,
    sentAt: upload.now,
    storage,
    credentials,
    expireUnit: use.expireUnit,
    archives,
  })
  await use.publish(message, { expiresInSeconds: startAnswerSeconds })
}

const show = async (use: Needs, dockSn: string, id: string): Promise<Outcome> => {
  const upload = await use.uploads.get(dockSn, id)
  return upload
    ? accepted(uploadView(upload.request, upload.hot, use.now()), uploadHref(dockSn, id))
    : problem('not-found', 'What this Idempotency-Key made is no longer kept.')
}

export const handler = onHttp<'startUpload'>((env) => {
  const table = connectTable(env)
  return startLogUpload({
    docks: dockStore(table),
    listings: listingStore(table),
    idempotency: idempotencyStore(table),
    open: uploadOpener(table),
    hot: hotUploads(table, Date.now),
    uploads: uploadReader(table),
    lend: credentialProvider(env),
    publish: publisher(env),
    expireUnit: env[names.expireUnit] === 'seconds' ? 'seconds' : 'milliseconds',
    now: Date.now,
    newId,
  })
})
