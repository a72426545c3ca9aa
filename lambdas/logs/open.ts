import type { Dock } from '../docks/store.ts'
import { type Idempotency, idempotencyItem, type Repeated, readRepeated } from '../http/idempotency.ts'
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
import { settle, type UploadTerms } from './state.ts'
import type { UploadState } from './upload-states.ts'

/**
 * Opening an upload: its two items, its command, the dock's slot, the caller's idempotency key and the links
 * to what it follows, or nothing at all.
 */

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
  selections: readonly Selection[]
  estimatedSeconds?: number | undefined
  /** What may follow it by itself; absent: nothing. */
  retriesLeft?: number
  retriesUsed?: number
  halvingsLeft?: number
  rest?: readonly Part[]
  /** What it is collected for; that of what follows it, too. */
  cause?: Cause | undefined
  /** The upload that this one follows. */
  follows?: Followed | undefined
}

/**
 * An upload as it was when it was decided that another has to follow it: by then its `rev` must not have
 * changed. `state` is what it had come to; `first` is the first of all of them, if its record is still kept.
 */
export type Followed = {
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
  | { outcome: 'repeated'; repeated: Repeated }
  /** The upload that this one was to follow has changed since, or is followed by another one. */
  | { outcome: 'changed' }

export const uploadOpener =
  (table: Table) =>
  async (dock: Dock, upload: NewUpload, idempotency: Idempotency | undefined): Promise<UploadOpened> => {
    const request = requestOf(dock, upload)
    const parts = partsOf(table, dock, upload, request, idempotency)
    const refused = await writeTogether(table, parts)
    if (!refused) return { outcome: 'opened', request }
    if (idempotency && refused.key)
      return { outcome: 'repeated', repeated: readRepeated(refused.key.item, idempotency) }
    if (refused.followed) return { outcome: 'changed' }
    if (!refused.slot)
      throw new OwnError(`Upload ${upload.id} is there already: ${Object.keys(refused).join(', ')}`)
    const active = refused.slot.item?.activeUpload
    return { outcome: 'busy', activeUpload: typeof active === 'string' ? active : undefined }
  }

const partsOf = (
  table: Table,
  dock: Dock,
  upload: NewUpload,
  request: UploadRequest,
  idempotency: Idempotency | undefined,
) => {
  const { dockSn } = dock
  const { id, now, requestedBy: by, follows } = upload
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
    ...linksTo(table, dockSn, upload, follows),
    firstHistory: follows?.isFirstKept
      ? put(historyItem(dockSn, follows.first, { at: now, by, action: `${follows.kind} ${id}` }))
      : undefined,
  }
}

/**
 * One active upload per dock: the dock refuses a second (result 325009), and so does this condition, whoever
 * is first.
 */
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
 * Links an upload to the one that it follows, and to the first of them. Of several that want to follow the
 * same upload, the condition lets one; and none if the upload has heard anything new since that was decided.
 * Since the link overtakes whoever is about to write the index entry of the followed upload, it writes that
 * itself. The first one's link changes no state.
 */
const linksTo = (table: Table, dockSn: string, { id, now }: NewUpload, follows: Followed | undefined) => {
  if (!follows) return { followed: undefined, first: undefined }
  const isFirst = follows.id === follows.first
  const link = { order: newest(now, id), at: now, id }
  const item = (of: string) => ({ TableName: table.name, Key: uploadKeys.state(dockSn, of) })
  return {
    followed: {
      Update: {
        ...item(follows.id),
        ...updateOf({
          set: {
            successor: link,
            ...(isFirst ? { latestTry: link } : {}),
            state: follows.state,
            dueKind: undefined,
            checkAt: undefined,
          },
          add: { rev: 1 },
          values: { ':rev': follows.rev },
        }),
        ConditionExpression: 'rev = :rev',
      },
    },
    first:
      isFirst || !follows.isFirstKept
        ? undefined
        : {
            Update: {
              ...item(follows.first),
              ...updateOf({ set: { latestTry: link } }),
              ConditionExpression: 'attribute_exists(pk)',
            },
          },
  }
}

const requestOf = (dock: Dock, upload: NewUpload): UploadRequest => {
  const { id, now, requestedBy, note, selections, estimatedSeconds, rest, cause, follows } = upload
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
    ...(follows ? { attempt: follows.attempt + 1, retryOf: follows.first, startedAs: follows.kind } : {}),
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
  const { state, checkAt } = settle(terms, {}, now)
  const due = { dueKind: dueKinds.upload, checkAt }
  return { ...terms, fleet: dock.fleet, kind: 'upload', kindKey: id, state, ...due, rev: 0 }
}
