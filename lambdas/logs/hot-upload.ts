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
import { isEnd, join, keeps, type RegisterName, type Registers, registerNames } from './registers.ts'
import { type UploadStatus, uploadStatus } from './state.ts'

/**
 * Writes the hot items of uploads. Most facts are written blind, without reading first: a report that comes
 * in order costs one write unit. Objects and ends are read first, because what each of them means depends on
 * the others.
 */

export type RecordedUpload = { upload: HotUpload; status: UploadStatus }

export type HotUploads = {
  /**
   * Records facts. If they change the state, also updates the indexes and frees the dock's slot. Safe to
   * repeat at any point: known facts change nothing, and a repeat completes what a crash left undone.
   * `unknown`: the dock has no such upload.
   */
  record: (dockSn: string, uploadId: string, facts: Registers) => Promise<RecordedUpload | 'unknown'>
  /**
   * Reads an upload again, and updates the indexes and the dock's slot if time alone has changed its state.
   */
  review: (dockSn: string, uploadId: string) => Promise<RecordedUpload | 'unknown'>
  /** The given uploads that exist. */
  known: (dockSn: string, uploadIds: readonly string[]) => Promise<ReadonlySet<string>>
}

/**
 * Only a few writers work on an upload at once. Being overtaken more often than this is an error, after which
 * the queue delivers the message again.
 */
const maxTries = 10

/** Backoff for instances that write the same upload concurrently. */
const betweenTries = { first: 5, most: 500 }

/** Whether a fact can decide which object is the dock's, or how the upload ended. */
const decides = (name: RegisterName): boolean =>
  isEnd(name) || name === 'aircraftObject' || name === 'dockObject'

/** The most uploads that an instance caches. */
const maxRemembered = 500

/**
 * Caches the uploads it saw last. Registers only move forward, so even a stale copy shows which facts are
 * old. That saves a failed write for each report of two archives of which only one has advanced.
 */
export const hotUploads = (table: Table, now: () => number): HotUploads => {
  const seen = new Map<string, HotUpload>()
  const remember = (key: string, upload: HotUpload) => {
    seen.delete(key)
    seen.set(key, upload)
    const [oldest] = seen.keys()
    if (seen.size > maxRemembered && oldest) seen.delete(oldest)
  }
  /** Reads again when overtaken: the other writer may have crashed before it updated the indexes. */
  const projectStatus = async (
    dockSn: string,
    uploadId: string,
    known: HotUpload,
  ): Promise<RecordedUpload | 'unknown'> => {
    let upload: HotUpload | 'unknown' = known
    for (let tries = 1; upload !== 'unknown'; tries++) {
      const status = uploadStatus(upload.terms, upload.registers, now())
      const indexed = await projectUpload(table, dockSn, uploadId, upload, status, now())
      if (indexed !== 'overtaken') {
        remember(nameOf(dockSn, uploadId), { ...upload, indexed })
        return { upload, status }
      }
      if (tries === maxTries) throw tooBusy(uploadId)
      upload = await readAndRecord(table, dockSn, uploadId, {})
    }
    return 'unknown'
  }
  const review = async (
    dockSn: string,
    uploadId: string,
    facts: Registers = {},
  ): Promise<RecordedUpload | 'unknown'> => {
    const upload = await readAndRecord(table, dockSn, uploadId, facts)
    return upload === 'unknown' ? upload : projectStatus(dockSn, uploadId, upload)
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
      // The cached copy shows which facts are old, but not the current state: other instances may know more.
      const isStale =
        upload === known &&
        !isUploadProjected(upload, uploadStatus(upload.terms, upload.registers, now()), now())
      return isStale ? review(dockSn, uploadId) : projectStatus(dockSn, uploadId, upload)
    },
    review,
    known: async (dockSn, uploadIds) => {
      const keys = uploadIds.map((id) => uploadKeys.state(dockSn, id))
      const items = await readAll(table, keys, true)
      return new Set(uploadIds.filter((_, n) => items[n]))
    },
  }
}

/**
 * Records facts by reading first. An object or a dock's `ok` may make another object count than the
 * earliest. The pin of that object is then written in the same conditional write, so that a wrong one never
 * counts. Resolves to the upload as it is stored.
 */
const readAndRecord = async (
  table: Table,
  dockSn: string,
  uploadId: string,
  facts: Registers,
): Promise<HotUpload | 'unknown'> => {
  const key = uploadKeys.state(dockSn, uploadId)
  for (let tries = 1; tries <= maxTries; tries++) {
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
 * Starts with a blind write: registers that keep the earliest fact only if they are empty, because normally
 * the fact in them is earlier; the others on the condition that ours is ahead. The item that comes back shows
 * which of our facts are still ahead; these are then written under their own conditions. Each round moves a
 * register forward or ends the loop.
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

type Write = (table: Table, key: Key, facts: Registers, known?: HotUpload) => Promise<HotUpload | 'unknown'>

const ofEarliest: ReadonlySet<string> = new Set(registerNames.filter((name) => keeps[name] === 'earliest'))

const blindWrite: Write = (table, key, facts, known) =>
  write(table, key, facts, (name) => ofEarliest.has(name), known)

const writeAhead: Write = (table, key, facts, known) => write(table, key, facts, () => false, known)

/**
 * If the upload is known, the write returns only what it wrote, and the item is read again if it was
 * overtaken.
 */
const write = async (
  table: Table,
  key: Key,
  facts: Registers,
  ifNone: (name: string) => boolean,
  known: HotUpload | undefined,
): Promise<HotUpload | 'unknown'> => {
  const options = { conditions: ['attribute_exists(pk)'], ifNone, shortAnswer: known !== undefined }
  const { written, item } = await tryRegisters(table, key, facts, options)
  if (!item) return 'unknown'
  if (!known || !written) return readHotUpload(item)
  return afterWrite(known, item) ?? (await readItem(table, key)) ?? 'unknown'
}
