import { cancelUpload } from '../../protocols/dji-remote-log/down.ts'
import type { Module } from '../../protocols/dji-remote-log/facts.ts'
import { errorFields } from '../runtime/error-fields.ts'
import { log } from '../runtime/log.ts'
import type { NewId } from '../runtime/new-id.ts'
import type { Publish } from '../runtime/publish.ts'
import type { CommandStore } from './commands.ts'
import { cancelAnswerSeconds } from './deadlines.ts'
import { ownFact } from './facts.ts'
import type { historyStore } from './history.ts'
import type { HotUploads } from './hot-upload.ts'

/** What canceling needs, for operators and, at `finishBy`, for the sweep. */
export type CancelNeeds = {
  commands: Pick<CommandStore, 'add'>
  history: Pick<ReturnType<typeof historyStore>, 'add'>
  hot: Pick<HotUploads, 'record'>
  publish: Publish
  now: () => number
  newId: NewId
}

/**
 * Asks the dock to stop, then records the cancel: in this order, because a canceled upload is given up
 * sooner. `whole`: nothing of the upload is left to the dock. Stopping a single archive also stops automatic
 * follow-ups. Safe to repeat: a dock that has nothing to stop says so. Throws if the command could not be
 * sent.
 */
export const requestCancel = async (
  use: CancelNeeds,
  { dockSn, id }: { dockSn: string; id: string },
  cancel: { modules: readonly Module[]; whole: boolean; by: string },
): Promise<void> => {
  const at = use.now()
  const commandId = use.newId(at)
  await use.commands.add(dockSn, { id: commandId, kind: 'cancel', subject: id }, at)
  const message = cancelUpload({ dockSn, commandId, jobId: id, sentAt: at, modules: cancel.modules })
  await use.publish(message, { expiresInSeconds: cancelAnswerSeconds })
  const { whole } = cancel
  const action = whole ? 'cancel' : (`cancel ${cancel.modules.join(' ')}` as const)
  await use.hot.record(dockSn, id, ownFact(whole ? 'cancel' : 'stopAsked', at, commandId))
  try {
    await use.history.add(dockSn, id, { at, by: cancel.by, action })
  } catch (error) {
    // The dock has been asked already; an error now would claim that it has not.
    log('historyNotKept', { dockSn, uploadId: id, ...errorFields(error) })
  }
}
