import { startUpload } from '../../protocols/dji-remote-log/down.ts'
import type { Idempotency } from '../http/idempotency.ts'
import type { Dock } from '../registry/store.ts'
import { type Env, env as names } from '../runtime/env.ts'
import { errorFields } from '../runtime/error-fields.ts'
import { log } from '../runtime/log.ts'
import type { NewId } from '../runtime/new-id.ts'
import type { Publish } from '../runtime/publish.ts'
import { count } from '../runtime/telemetry.ts'
import { credentialsLifetimeSeconds, type LendCredentials } from '../storage/credentials/provider.ts'
import { afterExpiryMs, startAnswerSeconds } from './deadlines.ts'
import { ownFact } from './facts.ts'
import type { HotUploads } from './hot-upload.ts'
import type { NewUpload, UploadOpened, uploadOpener } from './open.ts'
import type { UploadRequest } from './request.ts'

/** What starting an upload needs, for operators and for the sweep that starts follow-ups. */
export type BeginNeeds = {
  open: ReturnType<typeof uploadOpener>
  hot: HotUploads
  lend: LendCredentials
  publish: Publish
  /** The unit in which docks expect the expiry of credentials. */
  expireUnit: 'milliseconds' | 'seconds'
  now: () => number
  newId: NewId
}

/** The unit in which the deployment's docks expect it. */
export const expireUnit = (env: Env): BeginNeeds['expireUnit'] =>
  env[names.expireUnit] === 'seconds' ? 'seconds' : 'milliseconds'

export type Begun =
  | { outcome: 'begun' }
  /** Recorded as failed; the dock was not asked. */
  | { outcome: 'notSent' }
  | Exclude<UploadOpened, { outcome: 'opened' }>

/** What every new upload gets: its ids, when its dock must have answered, and when we give up. */
export const idsAndDeadlines = (
  { newId }: Pick<BeginNeeds, 'newId'>,
  now: number,
): Pick<NewUpload, 'id' | 'commandId' | 'now' | 'answerBy' | 'deadlineAt'> => ({
  id: newId(now),
  commandId: newId(now),
  now,
  answerBy: now + startAnswerSeconds * 1000,
  deadlineAt: now + credentialsLifetimeSeconds * 1000 + afterExpiryMs,
})

/**
 * Records an upload and takes the dock's slot, lends credentials for its archives only, then sends the
 * command. Of two concurrent starts only one succeeds: the conditional write lets one through, before
 * anything is lent or sent.
 */
export const beginUpload = async (
  use: BeginNeeds,
  dock: Dock,
  upload: NewUpload,
  idempotency?: Idempotency,
): Promise<Begun> => {
  const opened = await openOrFreeSlot(use, dock, upload, idempotency)
  if (opened.outcome !== 'opened') return opened
  const { dockSn } = dock
  try {
    await send(use, opened.request, upload)
  } catch (error) {
    log('commandNotSent', { dockSn, uploadId: upload.id, ...errorFields(error) })
    count('CommandsNotSent')
    await use.hot.record(dockSn, upload.id, ownFact('notSent', use.now(), upload.commandId))
    return { outcome: 'notSent' }
  }
  count('UploadsStarted')
  return { outcome: 'begun' }
}

/**
 * Opens an upload. If the slot is held by an upload that has timed out but was not swept yet, frees the slot
 * first.
 */
const openOrFreeSlot = async (
  use: BeginNeeds,
  dock: Dock,
  upload: NewUpload,
  idempotency: Idempotency | undefined,
): Promise<UploadOpened> => {
  const opened = await use.open(dock, upload, idempotency)
  if (opened.outcome !== 'busy' || !opened.activeUpload) return opened
  const current = await use.hot.review(dock.dockSn, opened.activeUpload)
  const isHeld = current !== 'unknown' && current.status.open
  return isHeld ? opened : use.open(dock, upload, idempotency)
}

const send = async (
  use: BeginNeeds,
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
