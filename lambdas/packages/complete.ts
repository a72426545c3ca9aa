import { type HttpReply, ok, overtaken, problem } from '../http/reply.ts'
import type { PackageFiles } from '../storage/package-files.ts'
import { judged, judgeUnread } from './judge.ts'
import type { PackageFile, UpgradePackage } from './package.ts'
import type { PackageStore } from './store.ts'
import { packageView } from './view.ts'

type Needs = { packages: Pick<PackageStore, 'setFile'>; files: PackageFiles; now: () => number }

/**
 * Ends an upload: puts parts together, and looks what storage says of the file. Where that is enough the file
 * is proved or refused at once; else it is `arrived`, and read soon. A repeat finds the parts together, or
 * all of it done; what is not there yet changes nothing.
 */
export const completeUpload = async (use: Needs, known: UpgradePackage): Promise<HttpReply> => {
  const { file } = known
  if (!file) return notUploaded('Ask for links first: POST …/upload.')
  if (file.state === 'proved' || file.state === 'refused') return ok(packageView(known))
  const missing = file.multipart ? await putTogether(use.files, file, file.multipart) : []
  if (missing.length > 0) return notUploaded(`These parts have not come: ${namesOf(missing)}.`)
  const stored = await use.files.find(file.key)
  if (!stored) return notUploaded('Nothing has come under its link.')
  const verdict = judgeUnread(file, stored)
  const checkAt = verdict.state === 'arrived' ? use.now() : undefined
  const kept = await use.packages.setFile(known, judged(file, verdict, stored, use.now()), checkAt)
  return kept ? ok(packageView(kept)) : overtaken('package')
}

const notUploaded = (detail: string): HttpReply => problem('package-not-uploaded', detail)

/** The numbers of parts that are missing, in which case nothing is done; none where the upload is over. */
const putTogether = async (
  files: PackageFiles,
  { key }: PackageFile,
  { id: uploadId, sha256s }: NonNullable<PackageFile['multipart']>,
): Promise<number[]> => {
  const come = await files.parts({ key, uploadId })
  if (!come) return []
  const byNumber = new Map(come.map((part) => [part.number, part]))
  const parts = sha256s.map((sha256, n) => ({ sha256, number: n + 1, etag: byNumber.get(n + 1)?.etag }))
  const missing = parts.flatMap(({ number, etag }) => (etag === undefined ? [number] : []))
  if (missing.length > 0) return missing
  await files.complete(
    { key, uploadId },
    parts.map(({ etag = '', ...part }) => ({ ...part, etag })),
  )
  return []
}

const mostNamed = 20
const namesOf = (numbers: readonly number[]): string =>
  `${numbers.slice(0, mostNamed).join(', ')}${numbers.length > mostNamed ? ', …' : ''}`
