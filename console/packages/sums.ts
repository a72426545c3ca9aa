import { md5 } from '@noble/hashes/legacy.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'

/** The announcement of a file to the API before its upload; checksums in hex, those of parts in order. */
export type Sums = { size: number; sha256: string; md5: string; parts?: string[]; partSize?: number }

const mebibyte = 1024 ** 2

/** A larger file is uploaded in parts, so that a lost connection costs only a part. */
const largestInOne = 64 * mebibyte
const partBytes = 32 * mebibyte

/** The most bytes of a file in memory at a time. */
const pieceBytes = 2 * mebibyte

/** The part size of a file; undefined: one part. */
export const partSizeFor = (size: number): number | undefined => (size > largestInOne ? partBytes : undefined)

/**
 * The checksums of a file, read in pieces, never as a whole. They are computed in JavaScript: the content
 * security policy allows no WebAssembly, and the browser's own digest takes no pieces and has no MD5.
 * `progress` is called with the bytes read. @throws the abort reason of `signal`, or the browser's error if
 * the file has gone or changed meanwhile
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
