import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { createWriteStream, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import {
  ObjectRecord,
  PartRecord,
  readRecords,
  recordFile,
  UploadRecord,
  writeRecord,
} from './record-file.ts'

/** A multipart upload with the parts received so far. */
export type Upload = UploadRecord & { parts: Map<number, PartRecord> }

/** A file that is being written and belongs to nothing yet. `sink` creates it. */
export type Draft = { data: string; sink: () => Writable; discard: () => void }

/** Runs `work`, which is to give the draft an owner. If it fails, the draft is discarded and the error passed on. */
export const keepOrDiscard = async <T>(draft: Draft, work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    draft.discard()
    throw error
  }
}

/**
 * The files of one bucket. `open` gives the descriptor of an object's bytes: whoever holds it reads that version to the
 * end, whatever is put or deleted meanwhile.
 */
export type BucketFiles = {
  draft: () => Draft
  path: (data: string) => string
  find: (key: string) => ObjectRecord | undefined
  open: (record: ObjectRecord) => number
  keys: () => readonly string[]
  put: (record: ObjectRecord) => void
  remove: (key: string) => void
  startUpload: (upload: Omit<UploadRecord, 'id'>) => UploadRecord
  findUpload: (id: string) => Upload | undefined
  putPart: (upload: Upload, part: PartRecord) => void
  endUpload: (upload: Upload) => void
}

const nameOf = (key: string) => createHash('sha256').update(key).digest('hex')
const byBytes = (one: string, other: string) => Buffer.compare(Buffer.from(one), Buffer.from(other))

const readUploads = (directory: string): Map<string, Upload> =>
  new Map(
    readRecords(directory, UploadRecord).map((upload) => {
      const parts = readRecords(join(directory, upload.id), PartRecord)
      return [upload.id, { ...upload, parts: new Map(parts.map((part) => [part.number, part])) }]
    }),
  )

/** Deletes the bytes of bodies that were being received when the process ended. */
const removeOrphans = (directory: string, wanted: ReadonlySet<string>) => {
  for (const name of readdirSync(directory)) if (!wanted.has(name)) rmSync(join(directory, name))
}

/**
 * Opens the files of a bucket: `data/` holds bytes under random names, `objects/` a record per object under the hash of
 * its key, `uploads/` the unfinished multipart uploads. No name on disk comes from a client. An object exists from the
 * moment its record is renamed into place.
 */
export const openBucketFiles = (directory: string): BucketFiles => {
  const [data, objects, uploadsDirectory] = ['data', 'objects', 'uploads'].map((name) =>
    join(directory, name),
  )
  if (!data || !objects || !uploadsDirectory) throw new Error('A bucket needs a directory')
  for (const path of [data, objects, uploadsDirectory]) mkdirSync(path, { recursive: true })
  const records = new Map(readRecords(objects, ObjectRecord).map((record) => [record.key, record]))
  const uploads = readUploads(uploadsDirectory)
  const parts = [...uploads.values()].flatMap((upload) => [...upload.parts.values()])
  removeOrphans(data, new Set([...records.values(), ...parts].map((record) => record.data)))

  let sorted: string[] | undefined
  const path = (name: string) => join(data, name)
  const drop = (name: string) => rmSync(path(name), { force: true })

  return {
    path,
    draft: () => {
      const name = randomUUID()
      // Created at once, so that discarding it cannot come before its creation.
      const sink = () => createWriteStream('', { fd: openSync(path(name), 'wx') })
      return { data: name, sink, discard: () => drop(name) }
    },
    find: (key) => records.get(key),
    open: (record) => openSync(path(record.data), 'r'),
    keys: () => {
      sorted ??= [...records.keys()].sort(byBytes)
      return sorted
    },
    put: (record) => {
      const replaced = records.get(record.key)
      writeRecord(objects, nameOf(record.key), record)
      records.set(record.key, record)
      sorted = undefined
      if (replaced) drop(replaced.data)
    },
    remove: (key) => {
      const record = records.get(key)
      if (!record) return
      rmSync(recordFile(objects, nameOf(key)))
      records.delete(key)
      sorted = undefined
      drop(record.data)
    },
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
