import { createHash, timingSafeEqual } from 'node:crypto'
import { refuse } from './refusal.ts'

/** Signs a string with the key of the request, to check the signature of a chunk. */
export type ChunkChain = {
  value: string
  date: string
  scope: string
  sign: (text: string) => Promise<string>
}

const longestLineBytes = 16 * 1024
const sha256 = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const incomplete = () => refuse('IncompleteBody', 'The request body terminated unexpectedly.')

const createReader = (source: AsyncIterable<Buffer>) => {
  const iterator = source[Symbol.asyncIterator]()
  let pending: Buffer = Buffer.alloc(0)
  const fill = async (): Promise<boolean> => {
    const next = await iterator.next()
    if (!next.done) pending = pending.length > 0 ? Buffer.concat([pending, next.value]) : next.value
    return !next.done
  }
  /** The next line without its line break; undefined at the end of the body. */
  const line = async (): Promise<string | undefined> => {
    for (let end = pending.indexOf('\n'); ; end = pending.indexOf('\n')) {
      if (end >= 0) {
        const text = pending.subarray(0, end).toString('latin1').replace(/\r$/, '')
        pending = pending.subarray(end + 1)
        return text
      }
      if (pending.length > longestLineBytes) throw incomplete()
      if (await fill()) continue
      if (pending.length > 0) throw incomplete()
      return undefined
    }
  }
  /** Exactly `count` bytes, in whatever pieces they come. */
  async function* bytes(count: number): AsyncGenerator<Buffer> {
    for (let left = count; left > 0; ) {
      if (pending.length === 0 && !(await fill())) throw incomplete()
      const piece = pending.subarray(0, left)
      pending = pending.subarray(piece.length)
      left -= piece.length
      if (piece.length > 0) yield piece
    }
  }
  return { line, bytes }
}

const readHead = (head: string | undefined): { size: number; signature: string } => {
  if (head === undefined) throw incomplete()
  const [, size = '', signature = ''] =
    /^([0-9a-fA-F]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(head) ?? []
  if (size === '') throw refuse('InvalidRequest', 'The head of a chunk is malformed.')
  return { size: Number.parseInt(size, 16), signature }
}

const createChain = (chain: ChunkChain) => {
  let previous = chain.value
  return async (kind: 'PAYLOAD' | 'TRAILER', hashes: string[], signature: string): Promise<void> => {
    const text = [`AWS4-HMAC-SHA256-${kind}`, chain.date, chain.scope, previous, ...hashes].join('\n')
    const ours = Buffer.from(await chain.sign(text))
    const theirs = Buffer.from(signature)
    if (ours.length !== theirs.length || !timingSafeEqual(ours, theirs)) {
      throw refuse('SignatureDoesNotMatch', 'The signature of a chunk does not match.')
    }
    previous = signature
  }
}

const malformedTrailer = () =>
  refuse('MalformedTrailerError', 'The trailers of the request are not the ones it announced.')

const readTrailers = async (line: () => Promise<string | undefined>): Promise<Map<string, string>> => {
  const trailers = new Map<string, string>()
  for (let text = await line(); text !== undefined; text = await line()) {
    if (text === '') continue
    const [, name = '', value = ''] = /^([^:]+):(.*)$/.exec(text) ?? []
    if (name === '' || trailers.has(name) || trailers.size > 20) throw malformedTrailer()
    trailers.set(name.toLowerCase(), value.trim())
  }
  return trailers
}

/**
 * Decodes the `aws-chunked` framing of a body. With `chain`, the signature of every chunk and of the trailers
 * is checked, each with the one before it. `announced` are the names in `x-amz-trailer`; exactly those must
 * come, and are in `trailers` when the generator ends. A chunk is passed on while it is still being checked,
 * so nothing of a failed body may be kept. Throws refusals.
 *
 * Sources: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html,
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
export async function* decodeChunks(
  source: AsyncIterable<Buffer>,
  use: { chain?: ChunkChain; announced: readonly string[]; trailers: Map<string, string> },
): AsyncGenerator<Buffer> {
  const { line, bytes } = createReader(source)
  const check = use.chain && createChain(use.chain)
  for (;;) {
    const { size, signature } = readHead(await line())
    const hash = createHash('sha256')
    for await (const piece of bytes(size)) {
      if (check) hash.update(piece)
      yield piece
    }
    await check?.('PAYLOAD', [sha256(''), hash.digest('hex')], signature)
    if (size === 0) break
    if ((await line()) !== '') throw refuse('InvalidRequest', 'A chunk is longer than its head says.')
  }

  const received = await readTrailers(line)
  const signature = received.get('x-amz-trailer-signature')
  received.delete('x-amz-trailer-signature')
  if (received.size !== use.announced.length || use.announced.some((name) => !received.has(name))) {
    throw malformedTrailer()
  }
  if (check && received.size > 0) {
    const text = [...received].map(([name, value]) => `${name}:${value}\n`).join('')
    await check('TRAILER', [sha256(text)], signature ?? '')
  }
  for (const [name, value] of received) use.trailers.set(name, value)
}
