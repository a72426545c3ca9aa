import { createHash } from 'node:crypto'
import { OwnError } from '../runtime/own-error.ts'
import { timeLeft } from '../runtime/time-left.ts'
import type { PackageFiles } from '../storage/package-files.ts'
import { type ClockNeeds, sweepDue } from '../sweeps/on-clock.ts'
import { judge, judged } from './judge.ts'
import type { PackageFile, UpgradePackage } from './package.ts'
import type { PackageStore } from './store.ts'

type Needs = ClockNeeds & {
  packages: Pick<PackageStore, 'get' | 'settleFile' | 'putOff'>
  files: Pick<PackageFiles, 'open'>
}

/** Milliseconds that proving one file may take: as long as an invocation may last. */
const provingMs = 14 * 60_000

/** Milliseconds for which a run has a file to itself, longer than an invocation may last. */
const claimMs = 16 * 60_000

/**
 * Reads each due file, every byte once, and decides whether it is the announced one. A file is due when its
 * upload is complete, or when its links have expired without a word that it is. A run claims a file for its
 * time, and others leave it. A run that fails releases it, and a repeat reads it again.
 */
export const provePackages = (use: Needs) => (): Promise<void> =>
  sweepDue(use, {
    name: 'prove-packages',
    subjectOf: ({ pk }) => (pk.startsWith(prefix) ? { packageId: pk.slice(prefix.length) } : undefined),
    check: async ({ packageId }) => {
      const known = await use.packages.get(packageId)
      if (known?.checkAt === undefined || known.checkAt > use.now()) return undefined
      const { checkAt } = known
      return () => prove(use, known, checkAt)
    },
    // Hashing has only a part of one processor.
    longWork: { atOnce: 1, ms: provingMs },
  })

const prefix = 'PACKAGE#'

const prove = async (use: Needs, { id, file }: UpgradePackage, from: number): Promise<void> => {
  const claim = { from, to: use.now() + claimMs }
  if (!file || !(await use.packages.putOff(id, claim))) return
  try {
    await use.packages.settleFile(id, await proved(use, file), file.state, claim.to)
  } catch (error) {
    await use.packages.putOff(id, { from: claim.to, to: from })
    throw error
  }
}

const proved = async ({ files, now }: Needs, file: PackageFile): Promise<PackageFile> => {
  const opened = await files.open(file.key)
  // A file that nobody called complete may still come: a new request for links continues where it was.
  if (!opened) return file.state === 'awaited' ? file : { ...file, state: 'refused', fault: 'missing' }
  const { stored, bytes } = opened
  if (stored.size !== file.size) {
    bytes.destroy()
    return judged(file, judge(file, { size: stored.size }), stored, now())
  }
  return judged(file, judge(file, await sumsOf(bytes)), stored, now())
}

class TooSlow extends OwnError {
  override readonly name = 'TooSlow'
}

const sumsOf = async (bytes: AsyncIterable<Uint8Array>) => {
  const sha256 = createHash('sha256')
  const md5 = createHash('md5')
  let size = 0
  for await (const piece of bytes) {
    if (timeLeft() <= 0) throw new TooSlow('The file could not be read in time')
    sha256.update(piece)
    md5.update(piece)
    size += piece.length
  }
  return { size, sha256: sha256.digest('hex'), md5: md5.digest('hex') }
}
