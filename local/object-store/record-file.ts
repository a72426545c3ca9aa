import { readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { readStateFile } from '../state-file.ts'
import { algorithms } from './checksums.ts'

const Checksums = z.partialRecord(z.enum(algorithms), z.string())

/**
 * How a checksum of a multipart object was made: over the whole object, or over the checksums of its parts.
 */
export const ChecksumType = z.enum(['FULL_OBJECT', 'COMPOSITE'])
export type ChecksumType = z.infer<typeof ChecksumType>

/**
 * What every version has. `versionId` is absent where the bucket had no versions when it was put, which S3
 * calls the version `null`. `order` is the sequencer of its event: the version of a key with the greatest is
 * the current one.
 */
const Version = {
  key: z.string(),
  versionId: z.string().optional(),
  order: z
    .string()
    .regex(/^[0-9A-F]*$/)
    .default(''),
}

/** An object: `data` is the name of the file with its bytes, `headers` go back to readers as they came. */
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

/** What a deletion that names no version leaves in a bucket with versions. */
export const DeleteMarker = z.object({
  ...Version,
  isDeleteMarker: z.literal(true),
  lastModified: z.iso.datetime(),
})
export type DeleteMarker = z.infer<typeof DeleteMarker>

export const VersionRecord = z.union([DeleteMarker, ObjectRecord])
export type VersionRecord = z.infer<typeof VersionRecord>

/** A multipart upload that has been started and not yet ended. */
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
 * Writes a record so that it is there whole or not at all, whenever the process ends. Synchronous, so that
 * nothing else happens between a condition and the write that depends on it.
 */
export const writeRecord = (directory: string, name: string, record: object): void => {
  const path = join(directory, name)
  writeFileSync(`${path}.new`, JSON.stringify(record))
  renameSync(`${path}.new`, `${path}${extension}`)
}

/** Reads all records of a directory. @throws DamagedStateError for one that is not ours. */
export const readRecords = <T extends z.ZodType>(directory: string, schema: T): z.infer<T>[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith(extension))
    .flatMap((name) => readStateFile(join(directory, name), (text) => schema.parse(JSON.parse(text))) ?? [])

/** The file name of a record. */
export const recordFile = (directory: string, name: string): string => join(directory, `${name}${extension}`)
