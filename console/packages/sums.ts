import { md5 } from '@noble/hashes/legacy.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'

/** What the API is told of a file before it is uploaded; sums in hex, those of parts in order. */
export type Sums = { size: number; sha256: string; md5: string; parts?: string[]; partSize?: number }

const mebibyte = 1024 ** 2

/** Above, a file goes in parts: what is lost on the way is only a part then. */
const largestInOne = 64 * mebibyte
const partBytes = 32 * mebibyte

/** So much of a file is in memory at a time. */
const pieceBytes = 2 * mebibyte

/** Where the parts of a file begin and end; undefined: it goes in one. */
export const partSizeFor = (size: number): number | undefined => (size > largestInOne ? partBytes : undefined)

/**
 * The sums of a file, which is read piece by piece, never as a whole. They are worked out in JavaScript: the
 * content security policy lets no WebAssembly in, and the browser's own digest takes no pieces and knows no MD5.
 * `progress` is told how many bytes are behind. @throws what `signal` was aborted with, or the browser's word
 * when the file has gone or changed meanwhile
 */
export const sumsOf = async (
  file: Blob,
  progress: (bytes: number) => void,
  signal: AbortSignal,
  partSize = partSizeFor(file.size),
): Promise<Sums> => {
  const whole = { sha256: sha256.create(), md5: md5.create() }
  const parts: string[] = []
  let part = sha256.create()
  for (let at = 0; at < file.size; ) {
    signal.throwIfAborted()
    const partEnd = partSize === undefined ? file.size : (parts.length + 1) * partSize
    const end = Math.min(at + pieceBytes, partEnd, file.size)
    const piece = new Uint8Array(await file.slice(at, end).arrayBuffer())
    whole.sha256.update(piece)
    whole.md5.update(piece)
    at = end
    if (partSize !== undefined) {
      part.update(piece)
      if (at === partEnd || at === file.size) {
        parts.push(bytesToHex(part.digest()))
        part = sha256.create()
      }
    }
    progress(at)
  }
  return {
    size: file.size,
    sha256: bytesToHex(whole.sha256.digest()),
    md5: bytesToHex(whole.md5.digest()),
    ...(partSize === undefined ? {} : { parts, partSize }),
  }
}
