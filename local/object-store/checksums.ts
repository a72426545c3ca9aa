import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { Crc32cJs, Crc64NvmeJs } from '@aws-sdk/checksums/crc'

/** The checksum algorithms of S3, by the suffix of their header (`x-amz-checksum-crc32`). */
export const algorithms = ['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256'] as const
export type Algorithm = (typeof algorithms)[number]

/** Checksums in base64, as in the headers. */
export type Checksums = { [algorithm in Algorithm]?: string }

/** A running digest over bytes. */
export type Digest = { update: (bytes: Uint8Array) => void; digest: () => Promise<Buffer> }

const nodeDigest = (name: 'md5' | 'sha1' | 'sha256'): Digest => {
  const hash = createHash(name)
  return { update: (bytes) => void hash.update(bytes), digest: async () => hash.digest() }
}

const crc32Digest = (): Digest => {
  let value = 0
  const digest = async () => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    return bytes
  }
  return {
    update: (bytes) => {
      value = crc32(bytes, value)
    },
    digest,
  }
}

const libraryDigest = (
  checksum: Digest | { update: Digest['update']; digest: () => Promise<Uint8Array> },
): Digest => ({
  update: (bytes) => checksum.update(bytes),
  digest: async () => Buffer.from(await checksum.digest()),
})

/** Starts a digest. */
export const startDigest = (name: Algorithm | 'md5'): Digest => {
  if (name === 'crc32') return crc32Digest()
  if (name === 'crc32c') return libraryDigest(new Crc32cJs())
  if (name === 'crc64nvme') return libraryDigest(new Crc64NvmeJs())
  return nodeDigest(name)
}

/** Parses a client's name of an algorithm (`CRC32`, `x-amz-checksum-sha256`); undefined if unknown. */
export const readAlgorithm = (text: string): Algorithm | undefined => {
  const name = text.toLowerCase().replace(/^x-amz-checksum-/, '')
  return algorithms.find((algorithm) => algorithm === name)
}

/** `ChecksumCRC32`, `ChecksumSHA256`, …: the element names in S3's XML. */
export const elementName = (algorithm: Algorithm): string => `Checksum${algorithm.toUpperCase()}`

/** Checksums as response headers. */
export const checksumHeaders = (checksums: Checksums): Record<string, string> =>
  Object.fromEntries(Object.entries(checksums).map(([name, value]) => [`x-amz-checksum-${name}`, value]))
