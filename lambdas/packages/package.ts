import * as z from 'zod/mini'

/**
 * What devices are upgraded to: pk `PACKAGE#{id}`, sk `PACKAGE`. Its file is in storage under `file.key`.
 * Rows `USE#{…}` beside it record each campaign and attempt that uses the package.
 */
const PackageKind = z.enum(['firmware', 'software'])

/**
 * `awaited`: a link was made, but nothing has been uploaded. `arrived`: the file waits to be proved.
 * `proved`: storage has exactly the announced bytes, so devices may have them. `refused`: it has something
 * else, see `fault`.
 */
export const FileState = z.enum(['awaited', 'arrived', 'proved', 'refused'])

/**
 * What is wrong with the stored file: its size, a checksum, it is `missing`, or it is no longer the proved
 * one (`altered`).
 */
export const FileFault = z.enum(['size', 'sha256', 'md5', 'missing', 'altered'])
export type FileFault = z.infer<typeof FileFault>

/**
 * `sha256` and `md5` in lower-case hex, `size` in bytes. `version`: the object's, if storage keeps versions;
 * `etag`: the ETag of the proved bytes. `provedAt` is never removed: a file that was once proved may have
 * been given to devices.
 */
const File = z.object({
  name: z.string(),
  size: z.number(),
  sha256: z.string(),
  md5: z.string(),
  key: z.string(),
  version: z.optional(z.string()),
  etag: z.optional(z.string()),
  state: FileState,
  fault: z.optional(FileFault),
  provedAt: z.optional(z.number()),
  /** For an upload in parts: storage's id of it, and the checksum of each part. */
  multipart: z.optional(z.object({ id: z.string(), partSize: z.number(), sha256s: z.array(z.string()) })),
})

/**
 * `machines`: what it is for, docks with their aircraft or other devices. `from`: versions that may be
 * upgraded; absent: any. `models`: of the devices that it is for; absent: any. `customInfo`: passed on to the
 * device as it is. `offer`: the kind of offer, see `shapes.ts`; absent: `v2`. `checkAt`: when the file is to
 * be checked. `fleet`: absent: for all fleets. Times are epoch ms.
 */
export const UpgradePackage = z.object({
  id: z.string(),
  name: z.string(),
  version: z.string(),
  machines: z._default(z.enum(['devices', 'docks']), 'devices'),
  package: PackageKind,
  models: z.optional(z.array(z.string())),
  from: z.optional(z.array(z.string())),
  customInfo: z.optional(z.string()),
  offer: z.optional(z.enum(['v2', 'v1'])),
  fleet: z.optional(z.string()),
  createdAt: z.number(),
  requestedBy: z.string(),
  file: z.optional(File),
  checkAt: z.optional(z.number()),
  deleted: z.optional(z.object({ at: z.number(), by: z.string() })),
  rev: z._default(z.number(), 0),
})
export type UpgradePackage = z.infer<typeof UpgradePackage>
export type PackageFile = z.infer<typeof File>

/** A package whose bytes are proved to be in storage, so that it may be offered. */
export type ProvedPackage = UpgradePackage & { file: PackageFile }

/** Undefined: it may not, or no longer, be offered. */
export const provedOf = (known: UpgradePackage | undefined): ProvedPackage | undefined =>
  known?.file?.state === 'proved' && !known.deleted ? { ...known, file: known.file } : undefined
