import { type HttpReply, ok, overtaken, problem } from '../http/reply.ts'
import type { PackageFiles } from '../storage/package-files.ts'
import { judged, judgeUnread } from './judge.ts'
import type { PackageFile, UpgradePackage } from './package.ts'
import type { PackageStore } from './store.ts'
import { packageView } from './view.ts'

type Needs = { packages: Pick<PackageStore, 'setFile'>; files: PackageFiles; now: () => number }

/**
 * Completes an upload: assembles its parts, and checks what storage says about the file. If that is enough,
 * the file is proved or refused at once; otherwise it is `arrived`, and read soon. A repeat finds the parts
 * assembled, or everything done; missing parts change nothing.
 */
export const completeUpload = async (use: Needs, known: UpgradePackage): Promise<HttpReply> => {
  const { file } = known
  if (!file) return notUploaded('Ask for links first: POST …/upload.')
  if (file.state === 'proved' || file.state === 'refused') return ok(packageView(known))
  const missing = file.multipart ? await assemble(use.files, file, file.multipart) : []
  if (missing.length > 0) return notUploaded(`These parts are missing: ${namesOf(missing)}.`)
  const stored = await use.files.find(file.key)
  if (!stored) return notUploaded('Nothing has been uploaded with its link.')
  const verdict = judgeUnread(file, stored)
  const checkAt = verdict.state === 'arrived' ? use.now() : undefined
  const kept = await use.packages.setFile(known, judged(file, verdict, stored, use.now()), checkAt)
  return kept ? ok(packageView(kept)) : overtaken('package')
}

const notUploaded = (detail: string): HttpReply => problem('package-not-uploaded', detail)

/** The numbers of missing parts, in which case nothing is done; empty if the upload has been completed. */
const assemble = async (
  files: PackageFiles,
  { key }: PackageFile,
  { id: uploadId, sha256s }: NonNullable<PackageFile['multipart']>,
): Promise<number[]> => {
  const uploaded = await files.parts({ key, uploadId })
  if (!uploaded) return []
  const byNumber = new Map(uploaded.map((part) => [part.number, part]))
  const parts = sha256s.map((sha256, n) => ({ sha256, number: n + 1, etag: byNumber.get(n + 1)?.etag }))
  const missing = parts.flatMap(({ number, etag }) => (etag === undefined ? [number] : []))
  if (missing.length > 0) return missing
  await files.complete(
    { key, uploadId },
    parts.map(({ etag = '', ...part }) => ({ ...part, etag })),
  )
  return []
}

const maxNamed = 20
const namesOf = (numbers: readonly number[]): string =>
  `${numbers.slice(0, maxNamed).join(', ')}${numbers.length > maxNamed ? ', …' : ''}`
