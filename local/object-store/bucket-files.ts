import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { createWriteStream, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import {
  type ObjectRecord,
  PartRecord,
  readRecords,
  recordFile,
  UploadRecord,
  VersionRecord,
  writeRecord,
} from './record-file.ts'

/** A multipart upload with the parts received so far. */
export type Upload = UploadRecord & { parts: Map<number, PartRecord> }

/** A file that is being written and has no record yet. `sink` creates it. */
export type Draft = { data: string; sink: () => Writable; discard: () => void }

/**
 * Runs `work`, which stores a record for the draft. If it fails, the draft is discarded and the error
 * rethrown.
 */
export const keepOrDiscard = async <T>(draft: Draft, work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    draft.discard()
    throw error
  }
}

/**
 * The files of one bucket. `open` returns the descriptor of an object's bytes: its holder reads that version
 * to the end, whatever is put or deleted meanwhile.
 */
export type BucketFiles = {
  draft: () => Draft
  path: (data: string) => string
  /** The version that a request without a version id addresses. */
  current: (key: string) => VersionRecord | undefined
  /** The current version, unless it is a delete marker. */
  find: (key: string) => ObjectRecord | undefined
  findVersion: (key: string, versionId: string) => VersionRecord | undefined
  open: (record: ObjectRecord) => number
  keys: () => readonly string[]
  /** Returns the record as a version: in a bucket without versioning it replaces the one before. */
  put: (record: NewObject) => ObjectRecord
  /** Returns the delete marker, if the bucket has versioning. */
  remove: (key: string) => VersionRecord | undefined
  /** Returns the removed version, if it existed; the one before it becomes the current one. */
  removeVersion: (key: string, versionId: string) => VersionRecord | undefined
  startUpload: (upload: Omit<UploadRecord, 'id'>) => UploadRecord
  findUpload: (id: string) => Upload | undefined
  putPart: (upload: Upload, part: PartRecord) => void
  endUpload: (upload: Upload) => void
}

export type NewObject = Omit<ObjectRecord, 'versionId' | 'order'>

/** How a request names a version that was put without an id. */
const nullVersion = 'null'
const idOf = ({ versionId = nullVersion }: VersionRecord): string => versionId
const isObject = (version: VersionRecord | undefined): version is ObjectRecord =>
  version !== undefined && !('isDeleteMarker' in version)

const nameOf = ({ key, versionId }: VersionRecord) => {
  const hash = createHash('sha256').update(key)
  return (versionId === undefined ? hash : hash.update(`\0${versionId}`)).digest('hex')
}
const byBytes = (one: string, other: string) => Buffer.compare(Buffer.from(one), Buffer.from(other))

const readUploads = (directory: string): Map<string, Upload> =>
  new Map(
    readRecords(directory, UploadRecord).map((upload) => {
      const parts = readRecords(join(directory, upload.id), PartRecord)
      return [upload.id, { ...upload, parts: new Map(parts.map((part) => [part.number, part])) }]
    }),
  )

/** Deletes the files of bodies that were being received when the process ended. */
const removeOrphans = (directory: string, used: ReadonlySet<string>) => {
  for (const name of readdirSync(directory)) if (!used.has(name)) rmSync(join(directory, name))
}

/** Sequencers that increase, whatever the clock does, and continue after those on disk. */
const sequence = (now: () => number, latest: string) => {
  let last = BigInt(`0x0${latest}`)
  return (): string => {
    const next = BigInt(now()) << 24n
    last = next > last ? next : last + 1n
    return last.toString(16).toUpperCase().padStart(18, '0')
  }
}

/** The versions of each key, oldest first. */
const readVersions = (directory: string): Map<string, VersionRecord[]> => {
  const records = readRecords(directory, VersionRecord)
  const inOrder = records.sort((one, other) => byBytes(one.order, other.order))
  return Map.groupBy(inOrder, ({ key }) => key)
}

/**
 * Opens the files of a bucket: `data/` holds bytes under random names, `objects/` one record per version
 * under the hash of its key and its id, `uploads/` the unfinished multipart uploads. No file name comes from
 * a client. A version exists from the moment its record is renamed into place.
 *
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html
 */
export const openBucketFiles = (
  directory: string,
  { now, versioned = false }: { now: () => number; versioned?: boolean | undefined },
): BucketFiles => {
  const [data, objects, uploadsDirectory] = ['data', 'objects', 'uploads'].map((name) =>
    join(directory, name),
  )
  if (!data || !objects || !uploadsDirectory) throw new Error('A bucket needs a directory')
  for (const path of [data, objects, uploadsDirectory]) mkdirSync(path, { recursive: true })
  const versions = readVersions(objects)
  const uploads = readUploads(uploadsDirectory)
  const parts = [...uploads.values()].flatMap((upload) => [...upload.parts.values()])
  const kept = [...versions.values()].flat()
  removeOrphans(data, new Set([...kept.filter(isObject), ...parts].map((record) => record.data)))

  let sorted: string[] | undefined
  const nextOrder = sequence(
    now,
    kept
      .map(({ order }) => order)
      .sort(byBytes)
      .at(-1) ?? '',
  )
  const path = (name: string) => join(data, name)
  const drop = (name: string) => rmSync(path(name), { force: true })
  const current = (key: string) => versions.get(key)?.at(-1)
  const find = (key: string) => {
    const version = current(key)
    return isObject(version) ? version : undefined
  }
  const findVersion = (key: string, versionId: string) =>
    versions.get(key)?.find((version) => idOf(version) === versionId)
  const keep = (key: string, list: VersionRecord[]) => {
    if (list.length > 0) versions.set(key, list)
    else versions.delete(key)
    sorted = undefined
  }
  const newVersion = () => ({
    order: nextOrder(),
    ...(versioned ? { versionId: randomBytes(24).toString('base64url') } : {}),
  })
  const add = <Added extends VersionRecord>(version: Added): Added => {
    const replaced = findVersion(version.key, idOf(version))
    writeRecord(objects, nameOf(version), version)
    keep(version.key, [...(versions.get(version.key) ?? []).filter((one) => one !== replaced), version])
    if (isObject(replaced)) drop(replaced.data)
    return version
  }
  const removeVersion = (key: string, versionId: string) => {
    const removed = findVersion(key, versionId)
    if (!removed) return undefined
    rmSync(recordFile(objects, nameOf(removed)))
    keep(
      key,
      (versions.get(key) ?? []).filter((one) => one !== removed),
    )
    if (isObject(removed)) drop(removed.data)
    return removed
  }

  return {
    path,
    draft: () => {
      const name = randomUUID()
      // Created at once, so that it cannot be discarded before its creation.
      const sink = () => createWriteStream('', { fd: openSync(path(name), 'wx') })
      return { data: name, sink, discard: () => drop(name) }
    },
    current,
    find,
    findVersion,
    open: (record) => openSync(path(record.data), 'r'),
    keys: () => {
      sorted ??= [...versions.keys()].filter(find).sort(byBytes)
      return sorted
    },
    put: (record) => add({ ...record, ...newVersion() }),
    remove: (key) => {
      if (versioned)
        return add({
          key,
          isDeleteMarker: true,
          lastModified: new Date(now()).toISOString(),
          ...newVersion(),
        })
      removeVersion(key, nullVersion)
      return undefined
    },
    removeVersion,
    startUpload: (upload) => {
      const record = { ...upload, id: randomBytes(24).toString('base64url') }
      mkdirSync(join(uploadsDirectory, record.id))
      writeRecord(uploadsDirectory, record.id, record)
      uploads.set(record.id, { ...record, parts: new Map() })
      return record
    },
    findUpload: (id) => uploads.get(id),
    putPart: (upload, part) => {
      const replaced = upload.parts.get(part.number)
      writeRecord(join(uploadsDirectory, upload.id), String(part.number), part)
      upload.parts.set(part.number, part)
      if (replaced) drop(replaced.data)
    },
    endUpload: (upload) => {
      uploads.delete(upload.id)
      rmSync(recordFile(uploadsDirectory, upload.id))
      rmSync(join(uploadsDirectory, upload.id), { recursive: true })
      for (const part of upload.parts.values()) drop(part.data)
    },
  }
}
