import { createHash } from 'node:crypto'
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Archive, ModuleName, OfDock } from '../../client/index.ts'
import type { Context } from '../context.ts'
import { exit, Failure } from '../exit.ts'
import { bytes } from '../output/words.ts'
import { orElse } from '../waiting.ts'

export type Asked = { to?: string | undefined; module?: ModuleName[] | undefined }

/** A safe file name in one folder, whatever storage calls the object. */
const fileOf = ({ dockSn, id }: OfDock, { objectKey }: Archive): string =>
  [dockSn, id, basename(objectKey)].map((part) => part.replaceAll(/[^\w.-]/g, '_')).join('_')

const md5Of = async (file: string): Promise<string> => {
  const hash = createHash('md5')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

const sizeOf = (file: string): number => (existsSync(file) ? statSync(file).size : 0)

/** Whether the file matches the dock's report, as far as that goes. */
const isWhole = async (file: string, { sizeBytes, fingerprint }: Archive): Promise<boolean> => {
  if (sizeBytes !== undefined && sizeOf(file) !== sizeBytes) return false
  const md5 =
    fingerprint !== undefined && /^[0-9a-f]{32}$/i.test(fingerprint) ? fingerprint.toLowerCase() : undefined
  return md5 === undefined || (await md5Of(file)) === md5
}

/** Downloads the missing part, from where an earlier try ended. @throws Failure if storage refuses */
const fetchRest = async (
  { out, signal }: Context,
  url: string,
  { part, archive, name }: { part: string; archive: Archive; name: string },
): Promise<void> => {
  const from = sizeOf(part)
  const headers = from > 0 ? { range: `bytes=${from}-` } : {}
  const response = await fetch(url, { headers, signal }).catch((error: unknown) => {
    if (signal.aborted) throw error
    throw new Failure('Storage cannot be reached', {
      remedy: 'Check your network, then try again: the download resumes.',
    })
  })
  // The file is complete; 416 says so. https://www.rfc-editor.org/rfc/rfc9110#section-15.5.17
  if (response.status === 416) return
  if (!response.ok || !response.body)
    throw new Failure(`Storage answers ${response.status}`, {
      remedy: 'Try again: each try gets a new link.',
    })
  const isRest = response.status === 206
  let done = isRest ? from : 0
  const whole = archive.sizeBytes
  const counting = new Transform({
    transform: (chunk: Buffer, _encoding, next) => {
      done += chunk.length
      const text = out.isTerminal ? `${name} ${bytes(done)}` : `Downloading ${name}`
      out.progress.show({ text, ...(whole ? { part: done / whole } : {}) })
      next(null, chunk)
    },
  })
  await pipeline(
    Readable.from(response.body),
    counting,
    createWriteStream(part, { flags: isRest ? 'a' : 'w' }),
    {
      signal,
    },
  )
}

const downloadOne = async (context: Context, of: OfDock, archive: Archive, folder: string): Promise<void> => {
  const { crew, out } = context
  const name = fileOf(of, archive)
  const file = join(folder, name)
  const part = `${file}.part`
  if (!(existsSync(file) && (await isWhole(file, archive)))) {
    const { url } = await crew.uploads.download(of, archive.module)
    await fetchRest(context, url, { part, archive, name })
    out.progress.clear()
    if (!(await isWhole(part, archive))) {
      rmSync(part, { force: true })
      throw new Failure(`What arrived of ${name} is not what the dock uploaded`, {
        remedy: 'Try again: the download starts over.',
        exit: exit.endedBadly,
      })
    }
    renameSync(part, file)
  }
  out.record({ module: archive.module, file, sizeBytes: sizeOf(file) }, () => out.safe(file))
}

/**
 * Downloads the archives of an upload that are in storage. A partial file of an earlier try is kept: the same
 * command resumes it. A file gets its name once size and MD5 are right.
 */
export const download = async (
  context: Context,
  of: OfDock,
  { to = '.', module: modules }: Asked,
): Promise<void> => {
  const { crew } = context
  const { archives } = await crew.uploads.get(of)
  const stored = archives.filter(
    ({ module, state, deletedAt }) =>
      (modules === undefined || modules.includes(module)) && state === 'verified' && deletedAt === undefined,
  )
  if (stored.length === 0)
    throw new Failure(`The upload ${of.id} has no such archive in storage`, {
      remedy: `Look at what became of it: groundcrew logs watch ${of.dockSn} ${of.id}`,
      exit: exit.endedBadly,
    })
  mkdirSync(to, { recursive: true })
  const again = `groundcrew logs download ${of.dockSn} ${of.id}${to === '.' ? '' : ` --to ${to}`}`
  await orElse(context, `What came is kept. To go on: ${again}`, async () => {
    for (const archive of stored) await downloadOne(context, of, archive, to)
  })
}
