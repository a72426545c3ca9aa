import { readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { readStateFile } from '../state-file.ts'
import { algorithms } from './checksums.ts'

const Checksums = z.partialRecord(z.enum(algorithms), z.string())

/**
 * How the checksum of a multipart object is computed: over the whole object, or over the checksums of its
 * parts.
 */
export const ChecksumType = z.enum(['FULL_OBJECT', 'COMPOSITE'])
export type ChecksumType = z.infer<typeof ChecksumType>

/**
 * The fields of every version. `versionId` is absent if the bucket had no versioning when it was put, which
 * S3 calls the version `null`. `order` is the sequencer of its event: the current version of a key is the one
 * with the greatest.
 */
const Version = {
  key: z.string(),
  versionId: z.string().optional(),
  order: z
    .string()
    .regex(/^[0-9A-F]*$/)
    .default(''),
}

/** An object: `data` is the name of the file with its bytes, `headers` are returned to readers unchanged. */
export const ObjectRecord = z.object({
  ...Version,
  data: z.uuid(),
  sizeBytes: z.int(),
  /** Without quotes. */
  etag: z.string(),
  lastModified: z.iso.datetime(),
  headers: z.record(z.string(), z.string()),
  checksums: Checksums,
  checksumType: ChecksumType,
})
export type ObjectRecord = z.infer<typeof ObjectRecord>

/** The marker that a deletion without a version id leaves in a bucket with versioning. */
export const DeleteMarker = z.object({
  ...Version,
  isDeleteMarker: z.literal(true),
  lastModified: z.iso.datetime(),
})
export type DeleteMarker = z.infer<typeof DeleteMarker>

export const VersionRecord = z.union([DeleteMarker, ObjectRecord])
export type VersionRecord = z.infer<typeof VersionRecord>

/** A multipart upload that has started and not ended. */
export const UploadRecord = z.object({
  id: z.string().regex(/^[A-Za-z0-9_-]{32}$/),
  key: z.string(),
  headers: z.record(z.string(), z.string()),
  algorithm: z.enum(algorithms).optional(),
  checksumType: ChecksumType,
})
export type UploadRecord = z.infer<typeof UploadRecord>

/** One received part of a multipart upload. */
export const PartRecord = z.object({
  number: z.int().min(1).max(10_000),
  data: z.uuid(),
  sizeBytes: z.int(),
  etag: z.string(),
  lastModified: z.iso.datetime(),
  checksums: Checksums,
})
export type PartRecord = z.infer<typeof PartRecord>

const extension = '.json'

/**
 * Writes a record atomically, whenever the process ends. Synchronous, so that nothing happens between a
 * condition and the write that depends on it.
 */
export const writeRecord = (directory: string, name: string, record: object): void => {
  const path = join(directory, name)
  writeFileSync(`${path}.new`, JSON.stringify(record))
  renameSync(`${path}.new`, `${path}${extension}`)
}

/** Reads all records of a directory. @throws DamagedStateError for an invalid one. */
export const readRecords = <T extends z.ZodType>(directory: string, schema: T): z.infer<T>[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith(extension))
    .flatMap((name) => readStateFile(join(directory, name), (text) => schema.parse(JSON.parse(text))) ?? [])

/** The file name of a record. */
export const recordFile = (directory: string, name: string): string => join(directory, `${name}${extension}`)
