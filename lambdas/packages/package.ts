import * as z from 'zod/mini'

/**
 * What devices are upgraded to: pk `PACKAGE#{id}`, sk `PACKAGE`. Its file is in storage under `file.key`.
 * Beside it `USE#{…}`, a row for each campaign and attempt that was given the package.
 */
const PackageKind = z.enum(['firmware', 'software'])

/**
 * `awaited`: a link was given, nothing came; `arrived`: it is to be proved; `proved`: storage has these very
 * bytes, so devices may have them; `refused`: what came is something else, see `fault`.
 */
export const FileState = z.enum(['awaited', 'arrived', 'proved', 'refused'])

/**
 * What is wrong with what is in storage: of another size, another sum, nothing at all, or something else than
 * what was proved (`altered`).
 */
export const FileFault = z.enum(['size', 'sha256', 'md5', 'missing', 'altered'])
export type FileFault = z.infer<typeof FileFault>

/**
 * `sha256` and `md5` in lower-case hex, `size` in bytes. `version`: of the object, where storage keeps any;
 * `etag`: what storage called the bytes that were proved. `provedAt` stays: what was proved once may have
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
  /** Of an upload in parts: storage's id of it, and what each part is. */
  multipart: z.optional(z.object({ id: z.string(), partSize: z.number(), sha256s: z.array(z.string()) })),
})

/**
 * `machines`: what it is for, docks with their aircraft or other devices. `from`: versions that may be
 * upgraded; absent: any. `models`: of devices that it is for; absent: any. `customInfo`: handed to the device
 * as it is. `offer`: how devices are told of it, see `shapes.ts`; absent: `v2`. `checkAt`: when its file is looked
 * at. `fleet`: absent: of all fleets. Times are epoch ms.
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

/** A package whose bytes are proved to be in storage, so that a device may be offered it. */
export type ProvedPackage = UpgradePackage & { file: PackageFile }

/** Undefined: devices may not be offered it (any more). */
export const provedOf = (known: UpgradePackage | undefined): ProvedPackage | undefined =>
  known?.file?.state === 'proved' && !known.deleted ? { ...known, file: known.file } : undefined
