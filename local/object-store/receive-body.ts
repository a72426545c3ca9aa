import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type ChunkChain, decodeChunks } from './aws-chunked.ts'
import { type Algorithm, algorithms, type Checksums, readAlgorithm, startDigest } from './checksums.ts'
import { refuse } from './refusal.ts'

/** The facts of a body that was received completely and matched its sender's declarations. */
export type ReceivedBody = { sizeBytes: number; md5: Buffer; checksums: Checksums }

const largestPutBytes = 5 * 1024 ** 3

type Framing = { chunked: boolean; signedChunks: boolean; sha256?: string }

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html */
const readFraming = (request: IncomingMessage): Framing => {
  const hash =
    request.headers['x-amz-content-sha256'] ?? (request.headers.authorization ? '' : 'UNSIGNED-PAYLOAD')
  if (typeof hash !== 'string') throw refuse('InvalidRequest', 'x-amz-content-sha256 may appear only once.')
  switch (hash) {
    case 'UNSIGNED-PAYLOAD':
      return { chunked: false, signedChunks: false }
    case 'STREAMING-UNSIGNED-PAYLOAD-TRAILER':
      return { chunked: true, signedChunks: false }
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD':
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER':
      return { chunked: true, signedChunks: true }
  }
  if (/^STREAMING-/.test(hash)) throw refuse('NotImplemented', `${hash} is not emulated.`)
  if (!/^[0-9a-f]{64}$/.test(hash)) {
    throw refuse(
      'InvalidRequest',
      'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-… or a SHA-256 in hex.',
    )
  }
  return { chunked: false, signedChunks: false, sha256: hash }
}

const declaredSize = (request: IncomingMessage, { chunked }: Framing): number => {
  const size = request.headers[chunked ? 'x-amz-decoded-content-length' : 'content-length']
  if (typeof size !== 'string' || !/^\d{1,15}$/.test(size)) {
    throw refuse('MissingContentLength', 'You must provide the Content-Length HTTP header.')
  }
  if (Number(size) > largestPutBytes) {
    throw refuse('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size')
  }
  return Number(size)
}

const announcedTrailers = (request: IncomingMessage): string[] =>
  [request.headers['x-amz-trailer'] ?? '']
    .flat()
    .join(',')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter(Boolean)

const headerChecksums = (request: IncomingMessage): Checksums =>
  Object.fromEntries(
    algorithms.flatMap((algorithm) => {
      const value = request.headers[`x-amz-checksum-${algorithm}`]
      return typeof value === 'string' ? [[algorithm, value]] : []
    }),
  )

const checkMd5 = (request: IncomingMessage, md5: Buffer): void => {
  const sent = request.headers['content-md5']
  if (sent === undefined) return
  if (typeof sent !== 'string' || Buffer.from(sent, 'base64').length !== 16) {
    throw refuse('InvalidDigest', 'The Content-MD5 you specified was invalid.')
  }
  if (md5.toString('base64') !== sent) {
    throw refuse('BadDigest', 'The Content-MD5 you specified did not match what we received.')
  }
}

const checkChecksums = (sent: Checksums, computed: Checksums): void => {
  for (const algorithm of algorithms) {
    if (sent[algorithm] !== undefined && sent[algorithm] !== computed[algorithm]) {
      throw refuse(
        'BadDigest',
        `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`,
      )
    }
  }
}

/** Counts and digests the stream, and stops it beyond the declared size. */
const createMeter = (names: ReadonlySet<Algorithm>, declared: number) => {
  const sha256 = createHash('sha256')
  const md5 = startDigest('md5')
  const digests = [...names].map((name) => [name, startDigest(name)] as const)
  let sizeBytes = 0
  async function* pass(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const piece of source) {
      sizeBytes += piece.length
      if (sizeBytes > declared) throw refuse('IncompleteBody', 'The body is longer than it was said to be.')
      for (const digest of [sha256, md5, ...digests.map(([, each]) => each)]) digest.update(piece)
      yield piece
    }
    if (sizeBytes < declared) throw refuse('IncompleteBody', 'The body is shorter than it was said to be.')
  }
  const finish = async () => ({
    sizeBytes,
    md5: await md5.digest(),
    sha256: sha256.digest('hex'),
    checksums: Object.fromEntries(
      await Promise.all(
        digests.map(async ([name, digest]) => [name, (await digest.digest()).toString('base64')]),
      ),
    ) as Checksums,
  })
  return { pass, finish }
}

/**
 * Streams the body of an authenticated request into `sink`, decoding any `aws-chunked` framing, and checks it
 * against all of its sender's declarations: length, the signed SHA-256 or the chunk signatures, Content-MD5,
 * checksums in headers or trailers. Throws a refusal on any difference; the content of `sink` must then be
 * discarded. `also` names further checksums to compute. With `isObject: false` the checksum headers are about
 * something else (the object that a manifest completes) and are left to the caller.
 *
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
export const receiveBody = async (
  request: IncomingMessage,
  sink: () => Writable,
  use: { chain: ChunkChain; also?: readonly Algorithm[]; isObject?: boolean },
): Promise<ReceivedBody> => {
  const framing = readFraming(request)
  const declared = declaredSize(request, framing)
  const announced = framing.chunked ? announcedTrailers(request) : []
  const sent = use.isObject === false ? {} : headerChecksums(request)
  const names = new Set<Algorithm>([
    ...algorithms.filter((name) => sent[name] !== undefined),
    ...announced.flatMap((name) => readAlgorithm(name) ?? []),
    ...(use.also ?? []),
  ])
  const meter = createMeter(names, declared)
  const trailers = new Map<string, string>()
  const decoding = { announced, trailers, ...(framing.signedChunks ? { chain: use.chain } : {}) }
  // Leaving a stream early would destroy its socket, and the refusal could not be sent.
  const body: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false })
  const decoded = framing.chunked ? decodeChunks(body, decoding) : body
  await pipeline(decoded, meter.pass, sink())

  const { sha256, ...received } = await meter.finish()
  if (framing.sha256 !== undefined && framing.sha256 !== sha256) {
    throw refuse(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    )
  }
  checkMd5(request, received.md5)
  const inTrailers = Object.fromEntries(
    [...trailers].flatMap(([name, value]) => {
      const algorithm = readAlgorithm(name)
      return algorithm ? [[algorithm, value]] : []
    }),
  )
  checkChecksums({ ...sent, ...inTrailers }, received.checksums)
  return received
}
