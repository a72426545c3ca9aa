import type { StoredFile } from '../storage/package-files.ts'
import type { FileFault, PackageFile } from './package.ts'

/** What is known of bytes in storage; sums in hex. */
export type Known = { size: number; sha256?: string | undefined; md5?: string | undefined }

type Verdict = { state: 'proved' } | { state: 'refused'; fault: FileFault } | { state: 'arrived' }

/**
 * Whether these are the bytes that were announced; `arrived`: not enough is known to say. Of several faults
 * the first is told, from what says most: what is of another size has other sums, too. Pure.
 */
export const judge = (file: Pick<PackageFile, 'size' | 'sha256' | 'md5'>, found: Known): Verdict => {
  if (found.size !== file.size) return { state: 'refused', fault: 'size' }
  if (found.sha256 !== undefined && found.sha256 !== file.sha256) return { state: 'refused', fault: 'sha256' }
  if (found.md5 !== undefined && found.md5 !== file.md5) return { state: 'refused', fault: 'md5' }
  return { state: found.sha256 !== undefined && found.md5 !== undefined ? 'proved' : 'arrived' }
}

/**
 * The same without reading: by what storage says. An ETag that is the announced MD5 is one by more than
 * chance; one that differs says nothing, for many an ETag is no MD5. OSS writes it in capitals.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
 */
export const judgeUnread = (file: PackageFile, { size, sha256, etag }: StoredFile): Verdict =>
  judge(file, { size, sha256, ...(etag.toLowerCase() === file.md5 ? { md5: file.md5 } : {}) })

/** The file with what was found. */
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
