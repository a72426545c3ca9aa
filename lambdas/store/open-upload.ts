import type { Module } from '../../protocols/dji-remote-log/facts.ts'
import { commandItem } from './commands.ts'
import type { Dock } from './docks.ts'
import { expiry, type Table, writeTogether } from './dynamodb.ts'
import { historyItem } from './history.ts'
import { type Idempotency, idempotencyItem, type Repeated, readRepeated } from './idempotency.ts'
import { dockKey, dueKind, uploadKeys } from './keys.ts'
import { objectKey } from './object-key.ts'
import { settle, type Terms } from './upload-state.ts'
import type { UploadRequest } from './upload-view.ts'

/** Opening an upload: its two items, its command, the dock's slot and the caller's idempotency key, or nothing at all. */

/** Times are epoch ms; `commandId` is what the dock's answer will name. */
export type NewUpload = {
  id: string
  commandId: string
  now: number
  answerBy: number
  deadlineAt: number
  finishBy?: number | undefined
  requestedBy: string
  note?: string | undefined
  selections: readonly { module: Module; bootIndexes: readonly number[] }[]
}

export type Opened =
  | { outcome: 'opened'; request: UploadRequest }
  /** Another upload holds the dock's slot. */
  | { outcome: 'busy'; activeUpload: string | undefined }
  | { outcome: 'repeated'; repeated: Repeated }

export const uploadOpener =
  (table: Table) =>
  async (dock: Dock, upload: NewUpload, idempotency: Idempotency | undefined): Promise<Opened> => {
    const request = requestOf(dock, upload)
    const expiresAt = expiry(upload.now, table.retention.uploads)
    const put = (item: Record<string, unknown>, days = expiresAt) => ({
      Put: {
        TableName: table.name,
        Item: { ...item, expiresAt: days },
        ConditionExpression: 'attribute_not_exists(pk)',
      },
    })
    const refused = await writeTogether(table, [
      takeSlot(table, dock.dockSn, upload),
      put({ ...uploadKeys.request(dock.dockSn, upload.id), ...request }),
      put({ ...uploadKeys.state(dock.dockSn, upload.id), ...stateOf(dock, upload) }),
      put(
        commandItem(dock.dockSn, { id: upload.commandId, kind: 'start', subject: upload.id }),
        expiry(upload.now, table.retention.commands),
      ),
      put(historyItem(dock.dockSn, upload.id, { at: upload.now, by: upload.requestedBy, action: 'start' })),
      ...(idempotency ? [idempotencyItem(table, idempotency, upload.id, upload.now)] : []),
    ])
    if (!refused) return { outcome: 'opened', request }
    const repeated = idempotency && refused.get(5)
    if (repeated) return { outcome: 'repeated', repeated: readRepeated(repeated.item, idempotency) }
    const active = refused.get(0)?.item?.activeUpload
    return { outcome: 'busy', activeUpload: typeof active === 'string' ? active : undefined }
  }

/** One active upload per dock: the dock refuses a second (result 325009), and so does this condition, whoever is first. */
const takeSlot = (table: Table, dockSn: string, { id, now, deadlineAt }: NewUpload) => ({
  Update: {
    TableName: table.name,
    Key: dockKey(dockSn),
    UpdateExpression: 'SET activeUpload = :id, activeUntil = :until, latestUpload = :id',
    ConditionExpression:
      'attribute_exists(pk) AND (attribute_not_exists(activeUpload) OR activeUntil < :now)',
    ExpressionAttributeValues: { ':id': id, ':until': deadlineAt, ':now': now },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  },
})

const requestOf = (dock: Dock, { id, now, requestedBy, note, selections }: NewUpload): UploadRequest => ({
  id,
  dockSn: dock.dockSn,
  fleet: dock.fleet,
  requestedBy,
  note,
  archives: selections.map(({ module, bootIndexes }) => ({
    module,
    bootIndexes: [...bootIndexes],
    objectKey: objectKey({ fleet: dock.fleet, dockSn: dock.dockSn, createdAt: now, uploadId: id, module }),
  })),
})

const stateOf = (dock: Dock, { id, now, answerBy, deadlineAt, finishBy, selections }: NewUpload) => {
  const terms: Terms = {
    modules: selections.map(({ module }) => module),
    createdAt: now,
    answerBy,
    deadlineAt,
    finishBy,
  }
  const { state, checkAt } = settle(terms, {}, now)
  return { ...terms, fleet: dock.fleet, kind: 'upload', kindKey: id, state, dueKind, checkAt, rev: 0 }
}
