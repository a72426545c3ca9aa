import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import type { Module } from '../../protocols/dji-remote-log/facts.ts'
import { log } from '../runtime/log.ts'
import { systemNames } from '../runtime/system-names.ts'
import { count } from '../runtime/telemetry.ts'
import { type Table, unlessRefused } from '../table/client.ts'
import { isProjected, projectToIndex } from '../table/index-projection.ts'
import { dockKey, dueKinds, uploadKeys } from '../table/keys.ts'
import { countUploadEnd } from './count-ends.ts'
import { historyStore } from './history.ts'
import type { HotUpload } from './hot-item.ts'
import { followUp } from './series.ts'
import type { UploadStatus } from './state.ts'

/** Keeps the index entry of an upload and its dock's slot in step with its state. */

type Entry = HotUpload['indexed']

/**
 * The index entry of an upload. An ended upload needs no more checks, so its place in the index `due` is used
 * for its follow-up, if there is one.
 */
const indexEntryOf = (upload: HotUpload, status: UploadStatus, now: number): Entry => {
  const { state, checkAt } = status
  const next = followUp(upload.terms, upload.registers, status, now)
  const known = upload.indexed.overwritten ?? []
  const overwritten = upload.terms.modules.filter(
    (module) => known.includes(module) || status.archives[module]?.overwrittenAt !== undefined,
  )
  return {
    ...(next ? { state, checkAt: next.at, follows: true as const } : { state, checkAt }),
    ...(overwritten.length > 0 ? { overwritten } : {}),
  }
}

export const isUploadProjected = (upload: HotUpload, status: UploadStatus, now: number): boolean =>
  isProjected(upload.indexed, indexEntryOf(upload, status, now), now)

/**
 * If the entry has changed: frees the dock's slot if the upload has ended, then writes the entry. An earlier
 * `checkAt` is written at once; a later one is left for the sweep to write. `overtaken`: another writer has
 * changed the upload since, so read it again.
 */
export const projectUpload = async (
  table: Table,
  dockSn: string,
  uploadId: string,
  upload: HotUpload,
  status: UploadStatus,
  now: number,
): Promise<Entry | 'overtaken'> => {
  const { indexed, rev } = upload
  const entry = indexEntryOf(upload, status, now)
  if (isProjected(indexed, entry, now)) return indexed
  if (!status.open && status.state !== indexed.state) await freeSlot(table, dockSn, uploadId)
  const { follows, ...attributes } = entry
  const overwritten = (entry.overwritten ?? []).filter((module) => !indexed.overwritten?.includes(module))
  for (const module of overwritten) await recordOverwriting(table, dockSn, uploadId, module, status)
  const dueKind = entry.checkAt === undefined ? undefined : follows ? dueKinds.followUp : dueKinds.upload
  const before = await projectToIndex(table, uploadKeys.state(dockSn, uploadId), rev, {
    ...attributes,
    checkAt: entry.checkAt,
    dueKind,
  })
  if (before === 'overtaken') return before
  // Of two concurrent writers of the same entry, only the first one counts the end.
  if (before.state !== entry.state) countUploadEnd(upload, status)
  for (const module of overwritten) log('archiveOverwritten', { dockSn, uploadId, module })
  count('Incidents', overwritten.length)
  return entry
}

/** One entry for each archive, however often it is overwritten: an attacker must not fill the history. */
const recordOverwriting = async (
  table: Table,
  dockSn: string,
  uploadId: string,
  module: Module,
  { archives }: UploadStatus,
): Promise<void> => {
  const at = archives[module]?.overwrittenAt
  if (at === undefined) return
  await historyStore(table).add(dockSn, uploadId, {
    at,
    by: systemNames.storage,
    action: `overwritten ${module}`,
  })
}

/** Frees the slot of the dock if this upload holds it. */
const freeSlot = (table: Table, dockSn: string, uploadId: string): Promise<unknown> =>
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
