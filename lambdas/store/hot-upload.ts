import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { type Table, unlessRefused } from './dynamodb.ts'
import { dockKey, dueKind, uploadKeys } from './keys.ts'
import { writeRegisters } from './register-item.ts'
import { ahead, Registers } from './registers.ts'
import { type Settled, settle, type Terms } from './upload-state.ts'

/**
 * The hot item of an upload, `UPLOAD#{id}#state`: its registers, and what the indexes need to know of them. Facts are
 * written blind, without reading first: one write unit for a report that comes in order.
 */

const Item = z.object({
  fleet: z.string(),
  modules: z.array(z.enum(['aircraft', 'dock'])),
  createdAt: z.number(),
  answerBy: z.number(),
  deadlineAt: z.number(),
  finishBy: z.optional(z.number()),
  state: z.string(),
  checkAt: z.optional(z.number()),
  rev: z.number(),
  ...Registers.shape,
})

/** `rev` counts the writes of registers; `indexed` is what the indexes were last told. */
export type HotUpload = {
  terms: Terms
  fleet: string
  registers: Registers
  rev: number
  indexed: { state: string; checkAt?: number | undefined }
}

export const readHotUpload = (item: unknown): HotUpload => {
  const { fleet, modules, createdAt, answerBy, deadlineAt, finishBy, state, checkAt, rev, ...registers } =
    Item.parse(item)
  return {
    terms: { modules, createdAt, answerBy, deadlineAt, finishBy },
    fleet,
    registers,
    rev,
    indexed: { state, checkAt },
  }
}

export type Recorded = { upload: HotUpload; settled: Settled }

export type HotUploads = {
  /**
   * Makes facts known, then tells the indexes and frees the dock's slot where these facts change the state. Safe to
   * repeat at any point: facts that are known already change nothing, and what a crash left untold is told then.
   * `unknown`: the dock has no such upload.
   */
  record: (dockSn: string, uploadId: string, facts: Registers) => Promise<Recorded | 'unknown'>
  /** Reads an upload afresh, and tells the indexes and the dock what time alone has changed. */
  review: (dockSn: string, uploadId: string) => Promise<Recorded | 'unknown'>
}

const never = Number.POSITIVE_INFINITY

/** Uploads that a function keeps in mind, at most. */
const remembered = 500

/**
 * Keeps in mind what it saw last of a few uploads. Registers only move forward, so even an old copy tells truly which
 * facts are old; that spares a lost write for each report of two archives of which only one has moved.
 */
export const hotUploads = (table: Table, now: () => number): HotUploads => {
  const seen = new Map<string, HotUpload>()
  const remember = (key: string, upload: HotUpload) => {
    seen.delete(key)
    seen.set(key, upload)
    const [oldest] = seen.keys()
    if (seen.size > remembered && oldest) seen.delete(oldest)
  }
  const settleAndTell = async (dockSn: string, uploadId: string, upload: HotUpload): Promise<Recorded> => {
    const settled = settle(upload.terms, upload.registers, now())
    const indexed = await tell(table, dockSn, uploadId, upload, settled, now())
    remember(nameOf(dockSn, uploadId), { ...upload, indexed })
    return { upload, settled }
  }
  const review = async (dockSn: string, uploadId: string): Promise<Recorded | 'unknown'> => {
    const Key = uploadKeys.state(dockSn, uploadId)
    const { Item } = await table.client.send(
      new GetCommand({ TableName: table.name, Key, ConsistentRead: true }),
    )
    return Item ? settleAndTell(dockSn, uploadId, readHotUpload(Item)) : 'unknown'
  }
  return {
    record: async (dockSn, uploadId, facts) => {
      const known = seen.get(nameOf(dockSn, uploadId))
      const upload = await advance(table, uploadKeys.state(dockSn, uploadId), facts, known)
      if (upload === 'unknown') return upload
      // A memory tells which facts are old, but not what the upload has come to since: others may have heard more.
      const isStale =
        upload === known && !isTold(upload, settle(upload.terms, upload.registers, now()), now())
      return isStale ? review(dockSn, uploadId) : settleAndTell(dockSn, uploadId, upload)
    },
    review,
  }
}

const nameOf = (dockSn: string, uploadId: string): string => `${dockSn} ${uploadId}`

type Key = { pk: string; sk: string }

/**
 * First blind: furthest-registers under their condition, earliest-registers only where there is none yet. What comes
 * back shows whether anything of ours is still ahead, which then is written under its own condition. Each turn moves
 * a register forward or ends the loop.
 */
const advance = async (
  table: Table,
  key: Key,
  facts: Registers,
  known: HotUpload | undefined,
): Promise<HotUpload | 'unknown'> => {
  let outcome: HotUpload | 'unknown' = known ?? (await blindWrite(table, key, facts))
  let write = known ? blindWrite : writeAhead
  for (;;) {
    if (outcome === 'unknown') return 'unknown'
    const due = ahead(facts, outcome.registers)
    if (Object.keys(due).length === 0) return outcome
    outcome = await write(table, key, due)
    write = writeAhead
  }
}

/** These refuse a write that is behind; the others keep the earliest, which in order is the one that is there. */
const isForward = (name: string): boolean =>
  name.endsWith('Progress') || name.endsWith('Object') || name === 'cancelAnswer'

const blindWrite = (table: Table, key: Key, facts: Registers): Promise<HotUpload | 'unknown'> =>
  write(table, key, facts, (name) => !isForward(name))

const writeAhead = (table: Table, key: Key, facts: Registers): Promise<HotUpload | 'unknown'> =>
  write(table, key, facts, () => false)

const write = async (
  table: Table,
  key: Key,
  facts: Registers,
  ifNone: (name: string) => boolean,
): Promise<HotUpload | 'unknown'> => {
  const item = await writeRegisters(table, key, facts, { conditions: ['attribute_exists(pk)'], ifNone })
  return item ? readHotUpload(item) : 'unknown'
}

/** Whether the indexes know the state, and the sweep looks in time. */
const isTold = ({ indexed }: HotUpload, { state, checkAt = never }: Settled, now: number): boolean => {
  const { checkAt: toldAt = never } = indexed
  const lookedAtInTime = checkAt === toldAt || (checkAt !== never && checkAt > toldAt && toldAt > now)
  return state === indexed.state && lookedAtInTime
}

/**
 * Tells the indexes what the registers mean now, where that has changed, after the slot of a dock that is done with the
 * upload is free. A sooner check is told at once; a later one is the sweep's to find. Only the writer of the newest
 * registers is heard: another one follows with more.
 */
const tell = async (
  table: Table,
  dockSn: string,
  uploadId: string,
  upload: HotUpload,
  settled: Settled,
  now: number,
): Promise<HotUpload['indexed']> => {
  const { indexed, rev } = upload
  const { state, open, checkAt = never } = settled
  if (isTold(upload, settled, now)) return indexed
  if (!open && state !== indexed.state) await freeSlot(table, dockSn, uploadId)
  await unlessRefused(
    table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key: uploadKeys.state(dockSn, uploadId),
        UpdateExpression:
          checkAt === never
            ? 'SET #state = :state REMOVE dueKind, checkAt'
            : 'SET #state = :state, dueKind = :due, checkAt = :checkAt',
        ConditionExpression: 'rev = :rev',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: {
          ':state': state,
          ':rev': rev,
          ...(checkAt === never ? {} : { ':due': dueKind, ':checkAt': checkAt }),
        },
      }),
    ),
  )
  return { state, checkAt: checkAt === never ? undefined : checkAt }
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
