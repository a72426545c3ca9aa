import * as z from 'zod/mini'
import { Count, Fleet, Name, PackageName, Time, VersionText } from '../http/shapes.ts'
import { FileFault, FileState } from './package.ts'

/** Packages, as JSON over HTTP. */

export { PackageId } from './package-id.ts'

/** A device's model, as its maker names it; compared exactly. */
const Model = Name

const differ = <Item>(what: string) =>
  z.refine<Item[]>((items) => new Set(items).size === items.length, `must not name a ${what} twice`)

/**
 * The length that IoTDA accepts:
 * https://support.huaweicloud.com/intl/en-us/api-iothub/iot_06_v5_3030.html
 */
const CustomInfo = z.string().check(
  z.minLength(1),
  z.maxLength(4096),
  z.refine((text) => text.isWellFormed(), 'must not hold half of a surrogate pair'),
)

const Machines = z.enum(['devices', 'docks'])

/**
 * `v2`: devices get a link that needs no header. `v1`: the older kind of offer, for devices that support no
 * other: its link is opened with a token.
 */
const Offer = z.enum(['v2', 'v1'])

export const PackageInput = z
  .strictObject({
    name: Name,
    version: VersionText,
    package: PackageName,
    machines: z.optional(Machines),
    models: z.optional(z.array(Model).check(z.minLength(1), z.maxLength(50), differ('model'))),
    from: z.optional(z.array(VersionText).check(z.minLength(1), z.maxLength(50), differ('version'))),
    customInfo: z.optional(CustomInfo),
    offer: z.optional(Offer),
    fleet: z.optional(Fleet),
  })
  .check(
    z.refine(({ offer, machines }) => offer !== 'v1' || machines !== 'docks', {
      path: ['offer'],
      error: 'must be v2 for docks, which support no older one',
    }),
    z.refine(({ version, from = [] }) => !from.includes(version), {
      path: ['from'],
      error: 'must not contain the version of the package',
    }),
  )

/** Bytes: the most that storage takes in one request, and that can be read in the time for proving. */
const maxBytes = 5 * 1024 ** 3

/** Bytes: the least that storage takes for a part, except for the last. */
const minPartBytes = 5 * 1024 ** 2
const defaultPartBytes = 16 * 1024 ** 2
const maxParts = 1024

const hex = (digits: number) =>
  z
    .string()
    .check(z.toLowerCase(), z.regex(new RegExp(`^[0-9a-f]{${digits}}$`), `must be ${digits} hex digits`))
const Sha256 = hex(64)
const Md5 = hex(32)

/** Devices find it in links, headers and messages: none of its characters needs escaping anywhere. */
const FileName = z
  .string()
  .check(
    z.regex(
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/,
      'must be 1 to 128 of A-Z a-z 0-9 . _ - and begin with a letter or a digit',
    ),
  )

/**
 * `parts`: for an upload in parts, the SHA-256 of each part, in order; each has `partSize` bytes (default 16
 * MiB), the last has the rest.
 */
export const PackageUploadInput = z
  .strictObject({
    fileName: FileName,
    size: z.int().check(z.gte(1), z.lte(maxBytes)),
    sha256: Sha256,
    md5: Md5,
    parts: z.optional(z.array(Sha256).check(z.minLength(1), z.maxLength(maxParts))),
    partSize: z.optional(z.int().check(z.gte(minPartBytes), z.lte(maxBytes))),
  })
  .check(
    z.refine(({ parts, partSize }) => parts !== undefined || partSize === undefined, {
      path: ['partSize'],
      error: 'goes together with `parts`',
    }),
    z.refine(
      ({ size, parts, partSize = defaultPartBytes }) =>
        parts === undefined || parts.length === Math.ceil(size / partSize),
      { path: ['parts'], error: 'must be as many as `size` divided by `partSize`, rounded up' },
    ),
  )

/** The size of each part of an upload; undefined: it is not divided. */
export const partSizeOf = ({
  parts,
  partSize = defaultPartBytes,
}: z.infer<typeof PackageUploadInput>): number | undefined => (parts ? partSize : undefined)

const UploadTarget = { url: z.string(), headers: z.record(z.string(), z.string()) }

/** Each link takes one PUT with these headers and exactly the announced bytes, until `expiresAt`. */
export const PackageLink = z.object({ ...UploadTarget, expiresAt: Time })
export const PackagePartLink = z.object({ number: Count, ...UploadTarget })
export const PackagePartLinks = z.object({
  parts: z.array(PackagePartLink),
  partSize: Count,
  expiresAt: Time,
})
export const PackageUpload = z.union([PackageLink, PackagePartLinks])

/** `version`: storage's version of the proved bytes, if it keeps versions. */
export const PackageFile = z.object({
  name: z.string(),
  size: Count,
  sha256: z.string(),
  md5: z.string(),
  state: FileState,
  fault: z.optional(FileFault),
  provedAt: z.optional(Time),
  version: z.optional(z.string()),
})

export const Package = z.object({
  id: z.string(),
  name: z.string(),
  version: z.string(),
  package: PackageName,
  machines: Machines,
  models: z.optional(z.array(z.string())),
  from: z.optional(z.array(z.string())),
  customInfo: z.optional(z.string()),
  offer: Offer,
  fleet: z.optional(z.string()),
  createdAt: Time,
  requestedBy: z.string(),
  file: z.optional(PackageFile),
  deleted: z.optional(z.object({ at: Time, by: z.string() })),
})
