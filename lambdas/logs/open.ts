import { type Idempotency, idempotencyItem, type Repeated, readRepeated } from '../http/idempotency.ts'
import type { Dock } from '../registry/store.ts'
import { OwnError } from '../runtime/own-error.ts'
import { objectKey } from '../storage/object-key.ts'
import { expiry, type Table, writeTogether } from '../table/client.ts'
import { dockKey, dueKinds, uploadKeys } from '../table/keys.ts'
import { updateOf } from '../table/update.ts'
import type { Cause } from './cause.ts'
import { commandItem } from './commands.ts'
import { historyItem } from './history.ts'
import { newest } from './registers.ts'
import type { FollowUpKind, Selection, UploadRequest } from './request.ts'
import type { Part } from './series.ts'
import { type UploadTerms, uploadStatus } from './state.ts'
import type { UploadState } from './upload-states.ts'

/**
 * Opens an upload in one transaction: its two items, its command, the dock's slot, the caller's idempotency
 * key, and the links to the upload that it follows.
 */

/** Times are epoch ms. The dock's reply will name `commandId`. */
export type NewUpload = {
  id: string
  commandId: string
  now: number
  answerBy: number
  deadlineAt: number
  finishBy?: number | undefined
  requestedBy: string
  note?: string | undefined
  selections: readonly Selection[]
  estimatedSeconds?: number | undefined
  /** What may follow automatically; absent: nothing. */
  retriesLeft?: number
  retriesUsed?: number
  halvingsLeft?: number
  rest?: readonly Part[]
  /** Why it is collected; passed on to its follow-ups. */
  cause?: Cause | undefined
  /** The upload that this one follows. */
  predecessor?: Predecessor | undefined
}

/**
 * An upload as it was when its follow-up was decided; its `rev` must still be the same when the follow-up is
 * opened. `state` is its final state; `first` is the first upload of the series; `isFirstKept`: that one has
 * not expired.
 */
export type Predecessor = {
  id: string
  rev: number
  state: UploadState
  attempt: number
  first: string
  isFirstKept: boolean
  kind: FollowUpKind
}

export type UploadOpened =
  | { outcome: 'opened'; request: UploadRequest }
  /** Another upload holds the dock's slot. */
  | { outcome: 'busy'; activeUpload: string | undefined }
  /** The caller's idempotency key has been used. */
  | { outcome: 'repeated'; repeated: Repeated }
  /** The upload that this one was to follow has changed since the decision, or has another follow-up. */
  | { outcome: 'changed' }

export const uploadOpener =
  (table: Table) =>
  async (dock: Dock, upload: NewUpload, idempotency: Idempotency | undefined): Promise<UploadOpened> => {
    const request = requestOf(dock, upload)
    const writes = writesOf(table, dock, upload, request, idempotency)
    const refused = await writeTogether(table, writes)
    if (!refused) return { outcome: 'opened', request }
    if (idempotency && refused.key)
      return { outcome: 'repeated', repeated: readRepeated(refused.key.item, idempotency) }
    if (refused.followed) return { outcome: 'changed' }
    if (!refused.slot)
      throw new OwnError(`Upload ${upload.id} is there already: ${Object.keys(refused).join(', ')}`)
    const active = refused.slot.item?.activeUpload
    return { outcome: 'busy', activeUpload: typeof active === 'string' ? active : undefined }
  }

const writesOf = (
  table: Table,
  dock: Dock,
  upload: NewUpload,
  request: UploadRequest,
  idempotency: Idempotency | undefined,
) => {
  const { dockSn } = dock
  const { id, now, requestedBy: by, predecessor } = upload
  const expiresAt = expiry(now, table.retention.uploads)
  const put = (item: Record<string, unknown>, expiring = expiresAt) => ({
    Put: {
      TableName: table.name,
      Item: { ...item, expiresAt: expiring },
      ConditionExpression: 'attribute_not_exists(pk)',
    },
  })
  const command = { id: upload.commandId, kind: 'start' as const, subject: id }
  return {
    slot: takeSlot(table, dockSn, upload),
    request: put({ ...uploadKeys.request(dockSn, id), ...request }),
    state: put({ ...uploadKeys.state(dockSn, id), ...stateOf(dock, upload) }),
    command: put(commandItem(dockSn, command), expiry(now, table.retention.commands)),
    history: put(historyItem(dockSn, id, { at: now, by, action: 'start' })),
    key: idempotency && idempotencyItem(table, idempotency, id, now),
    ...linksTo(table, dockSn, upload, predecessor),
    firstHistory: predecessor?.isFirstKept
      ? put(historyItem(dockSn, predecessor.first, { at: now, by, action: `${predecessor.kind} ${id}` }))
      : undefined,
  }
}

/** One active upload per dock: the dock refuses a second one (result 325009), and so does this condition. */
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

/**
 * Links the followed upload, and the first one of the series, to the new upload. The condition lets only one
 * follow-up through, and none if the followed upload has changed since the decision. The link increments
 * `rev` and so overtakes concurrent writers of the followed upload's index entry; therefore it writes that
 * entry itself. The link in the first upload changes no state.
 */
const linksTo = (
  table: Table,
  dockSn: string,
  { id, now }: NewUpload,
  predecessor: Predecessor | undefined,
) => {
  if (!predecessor) return { followed: undefined, first: undefined }
  const isFirst = predecessor.id === predecessor.first
  const link = { order: newest(now, id), at: now, id }
  const item = (of: string) => ({ TableName: table.name, Key: uploadKeys.state(dockSn, of) })
  return {
    followed: {
      Update: {
        ...item(predecessor.id),
        ...updateOf({
          set: {
            successor: link,
            ...(isFirst ? { latestTry: link } : {}),
            state: predecessor.state,
            dueKind: undefined,
            checkAt: undefined,
          },
          add: { rev: 1 },
          values: { ':rev': predecessor.rev },
        }),
        ConditionExpression: 'rev = :rev',
      },
    },
    first:
      isFirst || !predecessor.isFirstKept
        ? undefined
        : {
            Update: {
              ...item(predecessor.first),
              ...updateOf({ set: { latestTry: link } }),
              ConditionExpression: 'attribute_exists(pk)',
            },
          },
  }
}

const requestOf = (dock: Dock, upload: NewUpload): UploadRequest => {
  const { id, now, requestedBy, note, selections, estimatedSeconds, rest, cause, predecessor } = upload
  const { fleet, dockSn } = dock
  return {
    id,
    dockSn,
    fleet,
    requestedBy,
    note,
    archives: selections.map(({ module, bootIndexes, listedBytes }) => ({
      module,
      bootIndexes: [...bootIndexes],
      listedBytes,
      objectKey: objectKey({ fleet, dockSn, createdAt: now, uploadId: id, module }),
    })),
    estimatedSeconds,
    cause,
    ...(rest && rest.length > 0 ? { rest: rest.map((part) => part.map(withoutSize)) } : {}),
    ...(predecessor
      ? { attempt: predecessor.attempt + 1, retryOf: predecessor.first, startedAs: predecessor.kind }
      : {}),
  }
}

const withoutSize = ({ module, bootIndexes }: Selection): Selection => ({ module, bootIndexes })

const stateOf = (dock: Dock, upload: NewUpload) => {
  const { id, now, answerBy, deadlineAt, finishBy, selections } = upload
  const terms: UploadTerms = {
    modules: selections.map(({ module }) => module),
    createdAt: now,
    answerBy,
    deadlineAt,
    finishBy,
    sequel: {
      retriesLeft: upload.retriesLeft ?? 0,
      retriesUsed: upload.retriesUsed ?? 0,
      halvingsLeft: upload.halvingsLeft ?? 0,
      partsLeft: upload.rest?.length ?? 0,
      logs: selections.map(({ bootIndexes }) => bootIndexes.length),
    },
  }
  const { state, checkAt } = uploadStatus(terms, {}, now)
  const due = { dueKind: dueKinds.upload, checkAt }
  return { ...terms, fleet: dock.fleet, kind: 'upload', kindKey: id, state, ...due, rev: 0 }
}
