import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import type { Module } from '../../protocols/dji-remote-log/facts.ts'
import { log } from '../runtime/log.ts'
import { count } from '../runtime/telemetry.ts'
import { isRefused, type Table, unlessRefused } from '../table/client.ts'
import { dockKey, dueKinds, uploadKeys } from '../table/keys.ts'
import { countUploadEnd } from './count-ends.ts'
import { historyStore } from './history.ts'
import type { HotUpload } from './hot-upload.ts'
import { followUp } from './series.ts'
import type { Settled } from './state.ts'

/** What the indexes and the dock's slot have to be told of an upload, whenever its registers or the time change what it is. */

const never = Number.POSITIVE_INFINITY

type Told = HotUpload['indexed']

/** An upload that has ended is looked at no more; where another has to follow it, its place in the index is free for that. */
const wanted = (upload: HotUpload, settled: Settled, now: number): Told => {
  const { state, checkAt } = settled
  const next = followUp(upload.terms, upload.registers, settled, now)
  const told = upload.indexed.overwritten ?? []
  const overwritten = upload.terms.modules.filter(
    (module) => told.includes(module) || settled.archives[module]?.overwrittenAt !== undefined,
  )
  return {
    ...(next ? { state, checkAt: next.at, follows: true as const } : { state, checkAt }),
    ...(overwritten.length > 0 ? { overwritten } : {}),
  }
}

/** Whether the indexes know the state, and whoever has to look does so in time. */
export const isTold = (upload: HotUpload, settled: Settled, now: number): boolean => {
  const { state, checkAt = never, follows, overwritten } = wanted(upload, settled, now)
  const { checkAt: toldAt = never, ...told } = upload.indexed
  const lookedAtInTime = checkAt === toldAt || (checkAt !== never && checkAt > toldAt && toldAt > now)
  const isNew = overwritten?.length !== told.overwritten?.length
  return state === told.state && follows === told.follows && !isNew && lookedAtInTime
}

/**
 * Tells the indexes what the registers mean now, where that has changed, after the slot of a dock that is done with the
 * upload is free. A sooner check is told at once; a later one is the sweep's to find. Only the writer of the newest
 * registers is heard: `overtaken` is one who has to read again what there is to tell.
 */
export const tell = async (
  table: Table,
  dockSn: string,
  uploadId: string,
  upload: HotUpload,
  settled: Settled,
  now: number,
): Promise<Told | 'overtaken'> => {
  const { indexed, rev } = upload
  const told = wanted(upload, settled, now)
  if (isTold(upload, settled, now)) return indexed
  if (!settled.open && settled.state !== indexed.state) await freeSlot(table, dockSn, uploadId)
  const overwritten = (told.overwritten ?? []).filter((module) => !indexed.overwritten?.includes(module))
  for (const module of overwritten) await keepOverwriting(table, dockSn, uploadId, module, settled)
  const due = told.checkAt === undefined ? undefined : told.follows ? dueKinds.followUp : dueKinds.upload
  const outcome = await unlessRefused(
    table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key: uploadKeys.state(dockSn, uploadId),
        UpdateExpression: `SET #state = :state${told.overwritten ? ', overwritten = :overwritten' : ''}${
          due ? ', dueKind = :due, checkAt = :checkAt' : ' REMOVE dueKind, checkAt'
        }`,
        ConditionExpression: 'rev = :rev',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: {
          ':state': told.state,
          ':rev': rev,
          ...(told.overwritten ? { ':overwritten': told.overwritten } : {}),
          ...(due ? { ':due': due, ':checkAt': told.checkAt } : {}),
        },
        ReturnValues: 'UPDATED_OLD',
      }),
    ),
  )
  if (isRefused(outcome)) return 'overtaken'
  // Two may tell the same at the same time: who found it told already does not count it again.
  if (outcome.Attributes?.state !== told.state) countUploadEnd(upload, settled)
  for (const module of overwritten) log('archiveOverwritten', { dockSn, uploadId, module })
  count('ArchivesOverwritten', overwritten.length)
  return told
}

/** One entry an archive, however often it is overwritten: whoever can do that must not fill the history. */
const keepOverwriting = async (
  table: Table,
  dockSn: string,
  uploadId: string,
  module: Module,
  { archives }: Settled,
): Promise<void> => {
  const at = archives[module]?.overwrittenAt
  if (at === undefined) return
  await historyStore(table).add(dockSn, uploadId, { at, by: 'storage', action: `overwritten ${module}` })
}

/** Frees the slot of the dock if this upload holds it. */
export const freeSlot = (table: Table, dockSn: string, uploadId: string): Promise<unknown> =>
  unlessRefused(
    table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key: dockKey(dockSn),
        UpdateExpression: 'REMOVE activeUpload, activeUntil',
        ConditionExpression: 'activeUpload = :id',
        ExpressionAttributeValues: { ':id': uploadId },
      }),
    ),
  )
