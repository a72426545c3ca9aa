import { GetCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import type { Module } from '../../protocols/dji-remote-log/facts.ts'
import { OwnError } from '../runtime/own-error.ts'
import type { Table } from '../table/client.ts'
import { dueKinds, uploadKeys } from '../table/keys.ts'
import { readAll } from '../table/pages.ts'
import { writeRegisters } from '../table/register-item.ts'
import { pinsOf } from './archives/judge-objects.ts'
import { isTold, tell } from './index-projection.ts'
import { ahead, Registers } from './registers.ts'
import { type Settled, settle, type Terms } from './state.ts'

/**
 * The hot item of an upload, `UPLOAD#{id}#state`: its registers, and what the indexes need to know of them. Facts are
 * written blind, without reading first: one write unit for a report that comes in order.
 */

const Sequel = z.object({
  retriesLeft: z.number(),
  retriesUsed: z.number(),
  halvingsLeft: z.number(),
  partsLeft: z.number(),
  logs: z.array(z.number()),
})

const Item = z.object({
  fleet: z.string(),
  modules: z.array(z.enum(['aircraft', 'dock'])),
  createdAt: z.number(),
  answerBy: z.number(),
  deadlineAt: z.number(),
  finishBy: z.optional(z.number()),
  sequel: z.optional(Sequel),
  state: z.string(),
  dueKind: z.optional(z.string()),
  checkAt: z.optional(z.number()),
  overwritten: z.optional(z.array(z.enum(['aircraft', 'dock']))),
  rev: z.number(),
  ...Registers.shape,
})

/** `rev` counts the writes of registers; `indexed` is what the indexes were last told, `follows` that another upload is due. */
export type HotUpload = {
  terms: Terms
  fleet: string
  registers: Registers
  rev: number
  indexed: { state: string; checkAt?: number | undefined; follows?: true; overwritten?: readonly Module[] }
}

export const readHotUpload = (item: unknown): HotUpload => {
  const { fleet, modules, createdAt, answerBy, deadlineAt, finishBy, sequel, ...more } = Item.parse(item)
  const { state, checkAt, dueKind, overwritten, rev, ...registers } = more
  return {
    terms: { modules, createdAt, answerBy, deadlineAt, finishBy, sequel },
    fleet,
    registers,
    rev,
    indexed: {
      ...{ state, checkAt },
      ...(dueKind === dueKinds.followUp ? { follows: true } : {}),
      ...(overwritten ? { overwritten } : {}),
    },
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
  /** Those of these uploads that the dock has. */
  known: (dockSn: string, uploadIds: readonly string[]) => Promise<ReadonlySet<string>>
}

/** An upload has a few writers at once; more often overtaken than this is a fault, and the message comes again. */
const mostTries = 10

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
  const read = async (dockSn: string, uploadId: string): Promise<HotUpload | undefined> => {
    const Key = uploadKeys.state(dockSn, uploadId)
    const { Item } = await table.client.send(
      new GetCommand({ TableName: table.name, Key, ConsistentRead: true }),
    )
    return Item && readHotUpload(Item)
  }
  /** Whoever was overtaken reads again: the other writer may have been cut off before it told anything. */
  const settleAndTell = async (
    dockSn: string,
    uploadId: string,
    known: HotUpload,
  ): Promise<Recorded | 'unknown'> => {
    let upload: HotUpload | undefined = known
    for (let tries = 1; upload; tries++) {
      const settled = settle(upload.terms, upload.registers, now())
      const indexed = await tell(table, dockSn, uploadId, upload, settled, now())
      if (indexed !== 'overtaken') {
        remember(nameOf(dockSn, uploadId), { ...upload, indexed })
        return { upload, settled }
      }
      if (tries === mostTries) throw new OwnError(`upload ${uploadId} is written too busily to be indexed`)
      upload = await read(dockSn, uploadId)
    }
    return 'unknown'
  }
  const review = async (dockSn: string, uploadId: string): Promise<Recorded | 'unknown'> => {
    const upload = await read(dockSn, uploadId)
    return upload ? settleAndTell(dockSn, uploadId, upload) : 'unknown'
  }
  return {
    record: async (dockSn, uploadId, facts) => {
      const known = seen.get(nameOf(dockSn, uploadId))
      const key = uploadKeys.state(dockSn, uploadId)
      const written = await advance(table, key, facts, known)
      if (written === 'unknown') return written
      const pins = await pinsOf(table, dockSn, uploadId, written.registers, facts)
      const upload = await advance(table, key, pins, written)
      if (upload === 'unknown') return upload
      // A memory tells which facts are old, but not what the upload has come to since: others may have heard more.
      const isStale =
        upload === known && !isTold(upload, settle(upload.terms, upload.registers, now()), now())
      return isStale ? review(dockSn, uploadId) : settleAndTell(dockSn, uploadId, upload)
    },
    review,
    known: async (dockSn, uploadIds) => {
      const keys = uploadIds.map((id) => uploadKeys.state(dockSn, id))
      const items = await readAll(table, keys, true)
      return new Set(uploadIds.filter((_, n) => items[n]))
    },
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
const isForward = (name: string): boolean => /(Progress|Later|Pinned)$/.test(name) || name === 'cancelAnswer'

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
