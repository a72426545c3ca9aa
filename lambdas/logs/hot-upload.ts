import { GetCommand } from '@aws-sdk/lib-dynamodb'
import { waited } from '../runtime/backoff.ts'
import { OwnError } from '../runtime/own-error.ts'
import type { Table } from '../table/client.ts'
import { uploadKeys } from '../table/keys.ts'
import { readAll } from '../table/pages.ts'
import { factsAhead } from '../table/register-facts.ts'
import { tryRegisters } from '../table/register-item.ts'
import { pinsOf } from './archives/judge-objects.ts'
import { afterWrite, type HotUpload, readHotUpload } from './hot-item.ts'
import { isUploadProjected, projectUpload } from './project-upload.ts'
import { isEnd, join, type RegisterName, type Registers, registerNames } from './registers.ts'
import { type Settled, settle } from './state.ts'

/**
 * Writing the hot items of uploads. Facts are written blind, without reading first: one write unit for a
 * report that comes in order. Objects and ends are not: what one of them means depends on the others.
 */

export type RecordedUpload = { upload: HotUpload; settled: Settled }

export type HotUploads = {
  /**
   * Makes facts known, then projects to the indexes and frees the dock's slot where these facts change the
   * state. Safe to repeat at any point: facts that are known already change nothing, and what a crash left
   * undone is done then. `unknown`: the dock has no such upload.
   */
  record: (dockSn: string, uploadId: string, facts: Registers) => Promise<RecordedUpload | 'unknown'>
  /** Reads an upload afresh, and writes to indexes and dock what time alone has changed. */
  review: (dockSn: string, uploadId: string) => Promise<RecordedUpload | 'unknown'>
  /** Those of these uploads that the dock has. */
  known: (dockSn: string, uploadIds: readonly string[]) => Promise<ReadonlySet<string>>
}

/**
 * An upload has a few writers at once; more often overtaken than this is a fault, and the message comes
 * again.
 */
const mostTries = 10

/** For copies of a function that write the same upload at once. */
const betweenTries = { first: 5, most: 500 }

/** What decides which object is the dock's, or how the upload ended. */
const decides = (name: RegisterName): boolean => name.endsWith('Object') || isEnd(name)

/** Uploads that a function keeps in mind, at most. */
const mostRemembered = 500

/**
 * Keeps in mind what it saw last of a few uploads. Registers only move forward, so even an old copy tells
 * truly which facts are old; that spares a lost write for each report of two archives of which only one has
 * moved.
 */
export const hotUploads = (table: Table, now: () => number): HotUploads => {
  const seen = new Map<string, HotUpload>()
  const remember = (key: string, upload: HotUpload) => {
    seen.delete(key)
    seen.set(key, upload)
    const [oldest] = seen.keys()
    if (seen.size > mostRemembered && oldest) seen.delete(oldest)
  }
  /**
   * What is stored of an upload besides these facts. An object, or the dock's word, may make another object count
   * than the earliest: what is pinned then is written with it, or nothing, so that at no moment a wrong one counts.
   */
  const judged = async (
    dockSn: string,
    uploadId: string,
    facts: Registers,
  ): Promise<HotUpload | 'unknown'> => {
    const key = uploadKeys.state(dockSn, uploadId)
    for (let tries = 1; tries <= mostTries; tries++) {
      const known = await readItem(table, key)
      if (!known) return 'unknown'
      const all = join(known.registers, facts)
      const pins = await pinsOf(table, dockSn, uploadId, all)
      const due = factsAhead({ ...facts, ...pins }, known.registers)
      if (Object.keys(due).length === 0) return known
      const unchanged = { conditions: ['rev = :rev'], values: { ':rev': known.rev } }
      const { written, item } = await tryRegisters(table, key, due, unchanged)
      if (written) return readHotUpload(item)
      if (!(await waited(betweenTries, tries))) break
    }
    throw tooBusy(uploadId)
  }
  /**
   * Whoever was overtaken reads again: the other writer may have been cut off before it projected anything.
   */
  const settleAndProject = async (
    dockSn: string,
    uploadId: string,
    known: HotUpload,
  ): Promise<RecordedUpload | 'unknown'> => {
    let upload: HotUpload | 'unknown' = known
    for (let tries = 1; upload !== 'unknown'; tries++) {
      const settled = settle(upload.terms, upload.registers, now())
      const indexed = await projectUpload(table, dockSn, uploadId, upload, settled, now())
      if (indexed !== 'overtaken') {
        remember(nameOf(dockSn, uploadId), { ...upload, indexed })
        return { upload, settled }
      }
      if (tries === mostTries) throw tooBusy(uploadId)
      upload = await judged(dockSn, uploadId, {})
    }
    return 'unknown'
  }
  const review = async (
    dockSn: string,
    uploadId: string,
    facts: Registers = {},
  ): Promise<RecordedUpload | 'unknown'> => {
    const upload = await judged(dockSn, uploadId, facts)
    return upload === 'unknown' ? upload : settleAndProject(dockSn, uploadId, upload)
  }
  return {
    record: async (dockSn, uploadId, facts) => {
      if (registerNames.some((name) => facts[name] && decides(name))) return review(dockSn, uploadId, facts)
      const known = seen.get(nameOf(dockSn, uploadId))
      const key = uploadKeys.state(dockSn, uploadId)
      const written = await advance(table, key, facts, known)
      if (written === 'unknown') return written
      const pins = await pinsOf(table, dockSn, uploadId, written.registers)
      const upload = await advance(table, key, pins, written)
      if (upload === 'unknown') return upload
      // A memory tells which facts are old, but not what the upload has come to since: others may have heard
      // more.
      const isStale =
        upload === known && !isUploadProjected(upload, settle(upload.terms, upload.registers, now()), now())
      return isStale ? review(dockSn, uploadId) : settleAndProject(dockSn, uploadId, upload)
    },
    review,
    known: async (dockSn, uploadIds) => {
      const keys = uploadIds.map((id) => uploadKeys.state(dockSn, id))
      const items = await readAll(table, keys, true)
      return new Set(uploadIds.filter((_, n) => items[n]))
    },
  }
}

const tooBusy = (uploadId: string) => new OwnError(`upload ${uploadId} is written too busily`)

const nameOf = (dockSn: string, uploadId: string): string => `${dockSn} ${uploadId}`

type Key = { pk: string; sk: string }

const readItem = async (table: Table, Key: Key): Promise<HotUpload | undefined> => {
  const { Item } = await table.client.send(
    new GetCommand({ TableName: table.name, Key, ConsistentRead: true }),
  )
  return Item && readHotUpload(Item)
}

/**
 * First blind: furthest-registers under their condition, earliest-registers only where there is none yet.
 * What comes back shows whether anything of ours is still ahead, which then is written under its own
 * condition. Each turn moves a register forward or ends the loop.
 */
const advance = async (
  table: Table,
  key: Key,
  facts: Registers,
  known: HotUpload | undefined,
): Promise<HotUpload | 'unknown'> => {
  let outcome: HotUpload | 'unknown' = known ?? (await blindWrite(table, key, facts))
  let writeNext = known ? blindWrite : writeAhead
  for (;;) {
    if (outcome === 'unknown') return 'unknown'
    const due = factsAhead(facts, outcome.registers)
    if (Object.keys(due).length === 0) return outcome
    outcome = await writeNext(table, key, due, outcome)
    writeNext = writeAhead
  }
}

/**
 * These refuse a write that is behind; the others keep the earliest, which in order is the one that is there.
 */
const keepsFurthest = (name: string): boolean =>
  /(Progress|Later|Pinned)$/.test(name) || name === 'cancelAnswer'

type Write = (table: Table, key: Key, facts: Registers, known?: HotUpload) => Promise<HotUpload | 'unknown'>

const blindWrite: Write = (table, key, facts, known) =>
  write(table, key, facts, (name) => !keepsFurthest(name), known)

const writeAhead: Write = (table, key, facts, known) => write(table, key, facts, () => false, known)

/** Of an upload that is known, the rest need not come back, unless another has written meanwhile. */
const write = async (
  table: Table,
  key: Key,
  facts: Registers,
  ifNone: (name: string) => boolean,
  known: HotUpload | undefined,
): Promise<HotUpload | 'unknown'> => {
  const terms = { conditions: ['attribute_exists(pk)'], ifNone, shortAnswer: known !== undefined }
  const { written, item } = await tryRegisters(table, key, facts, terms)
  if (!item) return 'unknown'
  if (!known || !written) return readHotUpload(item)
  return afterWrite(known, item) ?? (await readItem(table, key)) ?? 'unknown'
}
