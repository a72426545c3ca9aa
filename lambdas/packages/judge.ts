import type { StoredFile } from '../storage/package-files.ts'
import type { FileFault, PackageFile } from './package.ts'

/** What is known about bytes in storage; checksums in hex. */
export type Known = { size: number; sha256?: string | undefined; md5?: string | undefined }

type Verdict = { state: 'proved' } | { state: 'refused'; fault: FileFault } | { state: 'arrived' }

/**
 * Whether these are the announced bytes; `arrived`: not enough is known to tell. Of several faults the most
 * telling comes first: with another size, the checksums differ too. Pure.
 */
export const judge = (file: Pick<PackageFile, 'size' | 'sha256' | 'md5'>, found: Known): Verdict => {
  if (found.size !== file.size) return { state: 'refused', fault: 'size' }
  if (found.sha256 !== undefined && found.sha256 !== file.sha256) return { state: 'refused', fault: 'sha256' }
  if (found.md5 !== undefined && found.md5 !== file.md5) return { state: 'refused', fault: 'md5' }
  return { state: found.sha256 !== undefined && found.md5 !== undefined ? 'proved' : 'arrived' }
}

/**
 * The same without reading the bytes. An ETag equal to the announced MD5 cannot be a coincidence; a different
 * one proves nothing, since many ETags are not MD5s. OSS writes it in capitals.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
 */
export const judgeUnread = (file: PackageFile, { size, sha256, etag }: StoredFile): Verdict =>
  judge(file, { size, sha256, ...(etag.toLowerCase() === file.md5 ? { md5: file.md5 } : {}) })

/** The file with the verdict. */
export const judged = (
  file: PackageFile,
  verdict: Verdict,
  { etag, version }: Pick<StoredFile, 'etag' | 'version'>,
  now: number,
): PackageFile => {
  const { fault: _before, ...rest } = file
  if (verdict.state !== 'proved') return { ...rest, ...verdict }
  return { ...rest, state: 'proved', provedAt: file.provedAt ?? now, etag, ...(version ? { version } : {}) }
}
