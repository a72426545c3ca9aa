import type * as z from 'zod/mini'
import { iso } from '../http/iso.ts'
import type { HttpReply } from '../http/reply.ts'
import { ok, overtaken, problem } from '../http/reply.ts'
import { errorFields } from '../runtime/error-fields.ts'
import { log } from '../runtime/log.ts'
import type { NewId } from '../runtime/new-id.ts'
import type { PackageFiles } from '../storage/package-files.ts'
import { packageFileKey } from '../storage/package-key.ts'
import type { PackageFile, UpgradePackage } from './package.ts'
import { type PackageUploadInput, partSizeOf } from './shapes.ts'
import type { PackageStore } from './store.ts'

type Needs = {
  packages: Pick<PackageStore, 'setFile'>
  files: PackageFiles
  now: () => number
  newId: NewId
}
type Announced = z.output<typeof PackageUploadInput>

/**
 * Seconds for which upload links are valid: enough for a large file on a slow line; a repeat makes new links.
 */
const linkSeconds = 3_600

/**
 * Makes links to upload a package's file. Storage checks the upload against the announced checksums, which
 * are signed. A repeat for the same file makes new links to the same place: uploaded parts stay. Another file
 * may replace it until one has been proved. A proved file that is missing or altered in storage can be
 * uploaded again, but no other.
 */
export const beginUpload = async (
  use: Needs,
  known: UpgradePackage,
  announced: Announced,
): Promise<HttpReply> => {
  const before = known.file
  if (before && isFixed(before, announced))
    return problem('package-fixed', 'Its file cannot be replaced. Make another package for another file.')
  const resumed = before && (await canResume(use.files, before, announced)) ? before : undefined
  const file = resumed ?? (await newFile(use, known, announced))
  const expiresAt = use.now() + linkSeconds * 1000
  const kept = await use.packages.setFile(known, { ...file, state: 'awaited' }, expiresAt)
  if (!kept) {
    if (!resumed) await forget(use.files, known.id, file)
    return overtaken('package')
  }
  if (before && !resumed) await forget(use.files, known.id, before)
  return { ...ok(await linksFor(use.files, file, expiresAt)), headers: { 'cache-control': 'no-store' } }
}

/** A file that was once proved may be on devices: only the same one may replace it. */
const isFixed = (before: PackageFile, announced: Announced): boolean =>
  before.state === 'proved' || (before.provedAt !== undefined && !isSameFile(before, announced))

const isSameFile = ({ name, size, sha256, md5 }: PackageFile, announced: Announced): boolean =>
  name === announced.fileName &&
  size === announced.size &&
  sha256 === announced.sha256 &&
  md5 === announced.md5

const hasSameParts = ({ multipart }: PackageFile, announced: Announced): boolean =>
  multipart?.partSize === partSizeOf(announced) &&
  JSON.stringify(multipart?.sha256s) === JSON.stringify(announced.parts)

/**
 * Not if the file was refused: then something else is in its place. An upload in parts may also be over or
 * expired.
 */
const canResume = async (
  files: PackageFiles,
  before: PackageFile,
  announced: Announced,
): Promise<boolean> => {
  const { state, key, multipart } = before
  if (state === 'refused' || !isSameFile(before, announced) || !hasSameParts(before, announced)) return false
  return !multipart || (await files.parts({ key, uploadId: multipart.id })) !== undefined
}

const newFile = async (
  { files, now, newId }: Needs,
  { id, file }: UpgradePackage,
  announced: Announced,
): Promise<PackageFile> => {
  const { fileName: name, size, sha256, md5, parts } = announced
  const key = packageFileKey(id, newId(now()), name)
  const partSize = partSizeOf(announced)
  return {
    name,
    size,
    sha256,
    md5,
    key,
    state: 'awaited' as const,
    ...(file?.provedAt === undefined ? {} : { provedAt: file.provedAt }),
    ...(parts && partSize ? { multipart: { id: await files.begin(key), partSize, sha256s: parts } } : {}),
  }
}

const linksFor = async (files: PackageFiles, file: PackageFile, expiresAt: number) => {
  const { key, size, sha256, md5, multipart } = file
  const until = iso(expiresAt)
  if (!multipart)
    return { ...(await files.uploadLink(key, { size, sha256, md5 }, linkSeconds)), expiresAt: until }
  const { id: uploadId, partSize, sha256s } = multipart
  const parts = sha256s.map(async (sum, n) => {
    const expected = { size: Math.min(partSize, size - n * partSize), sha256: sum }
    return { number: n + 1, ...(await files.partLink({ key, uploadId }, n + 1, expected, linkSeconds)) }
  })
  return { parts: await Promise.all(parts), partSize, expiresAt: until }
}

/** Removes a package's former file; if that fails, the file is in nobody's way. */
export const forget = async (files: PackageFiles, packageId: string, file: PackageFile): Promise<void> => {
  try {
    await removeFile(files, file)
  } catch (error) {
    log('packageFileLeft', { packageId, objectKey: file.key, ...errorFields(error) })
  }
}

/** Removes the proved version for good, hides anything else under the key, and aborts an upload in parts. */
export const removeFile = async (
  files: PackageFiles,
  { key, version, multipart }: PackageFile,
): Promise<void> => {
  if (multipart) await files.abort({ key, uploadId: multipart.id })
  if (version !== undefined) await files.remove(key, version)
  await files.remove(key)
}
