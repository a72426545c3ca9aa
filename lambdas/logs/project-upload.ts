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
import type { Settled } from './state.ts'

/** Keeps the index entry of an upload and its dock's slot in step with what its registers mean. */

type Entry = HotUpload['indexed']

/**
 * An upload that has ended is looked at no more; where another has to follow it, its place in the index is
 * free for that.
 */
const indexEntryOf = (upload: HotUpload, settled: Settled, now: number): Entry => {
  const { state, checkAt } = settled
  const next = followUp(upload.terms, upload.registers, settled, now)
  const known = upload.indexed.overwritten ?? []
  const overwritten = upload.terms.modules.filter(
    (module) => known.includes(module) || settled.archives[module]?.overwrittenAt !== undefined,
  )
  return {
    ...(next ? { state, checkAt: next.at, follows: true as const } : { state, checkAt }),
    ...(overwritten.length > 0 ? { overwritten } : {}),
  }
}

export const isUploadProjected = (upload: HotUpload, settled: Settled, now: number): boolean =>
  isProjected(upload.indexed, indexEntryOf(upload, settled, now), now)

/**
 * Where the entry has changed: frees the dock's slot if the upload has ended, then writes the entry. A sooner
 * check is written at once; a later one is the sweep's to find. `overtaken`: another has written since; read
 * again.
 */
export const projectUpload = async (
  table: Table,
  dockSn: string,
  uploadId: string,
  upload: HotUpload,
  settled: Settled,
  now: number,
): Promise<Entry | 'overtaken'> => {
  const { indexed, rev } = upload
  const entry = indexEntryOf(upload, settled, now)
  if (isProjected(indexed, entry, now)) return indexed
  if (!settled.open && settled.state !== indexed.state) await freeSlot(table, dockSn, uploadId)
  const { follows, ...attributes } = entry
  const overwritten = (entry.overwritten ?? []).filter((module) => !indexed.overwritten?.includes(module))
  for (const module of overwritten) await recordOverwriting(table, dockSn, uploadId, module, settled)
  const dueKind = entry.checkAt === undefined ? undefined : follows ? dueKinds.followUp : dueKinds.upload
  const before = await projectToIndex(table, uploadKeys.state(dockSn, uploadId), rev, {
    ...attributes,
    checkAt: entry.checkAt,
    dueKind,
  })
  if (before === 'overtaken') return before
  // Two may project the same at the same time: who finds it there already does not count it again.
  if (before.state !== entry.state) countUploadEnd(upload, settled)
  for (const module of overwritten) log('archiveOverwritten', { dockSn, uploadId, module })
  count('Incidents', overwritten.length)
  return entry
}

/** One entry an archive, however often it is overwritten: whoever can do that must not fill the history. */
const recordOverwriting = async (
  table: Table,
  dockSn: string,
  uploadId: string,
  module: Module,
  { archives }: Settled,
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
