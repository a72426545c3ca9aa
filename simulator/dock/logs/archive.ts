import { createHash } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import tar from 'tar-stream'
import type { Module } from '../../../protocols/dji-remote-log/facts.ts'
import type { BootLog } from './files.ts'

/**
 * An archive that a dock has packed for upload; it reports `md5` as the fingerprint. Digests are lower-case
 * hex.
 */
export type PackedArchive = {
  module: Module
  objectKey: string
  bootIndexes: number[]
  sizeBytes: number
  sha256: string
  md5: string
}

const fill = async (pack: tar.Pack, logs: readonly BootLog[]): Promise<void> => {
  for (const log of logs) {
    const name = `boot-${log.bootIndex}.log`
    await pipeline(log.open(), pack.entry({ name, size: log.sizeBytes, mtime: new Date(log.endTime) }))
  }
  pack.finalize()
}

/** The tar archive of these logs, streamed. Reading it again gives the same bytes. */
export async function* archiveOf(logs: readonly BootLog[]): AsyncGenerator<Buffer> {
  const pack = tar.pack()
  fill(pack, logs).catch((error: Error) => pack.destroy(error))
  // The library's type declarations do not say what it yields.
  for await (const chunk of pack) if (Buffer.isBuffer(chunk)) yield chunk
}

/** Reads an archive once for its size and digests, as a dock does while compressing. */
export const measureArchive = async (
  logs: readonly BootLog[],
): Promise<Pick<PackedArchive, 'sizeBytes' | 'sha256' | 'md5'>> => {
  const sha256 = createHash('sha256')
  const md5 = createHash('md5')
  let sizeBytes = 0
  for await (const chunk of archiveOf(logs)) {
    sizeBytes += chunk.length
    sha256.update(chunk)
    md5.update(chunk)
  }
  return { sizeBytes, sha256: sha256.digest('hex'), md5: md5.digest('hex') }
}
