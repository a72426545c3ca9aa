import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type ChunkChain, decodeChunks } from '../../../local/object-store/aws-chunked.ts'
import { readRefusal } from '../../../local/object-store/refusal.ts'

/**
 * The two worked examples of the S3 documentation: 65,536 and 1,024 letters "a", with the example
 * credentials. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and
 * …/sigv4-streaming-trailers.html
 */
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
const signingKey = ['20130524', 'us-east-1', 's3', 'aws4_request'].reduce<string | Buffer>(
  hmac,
  'AWS4wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
)
const chain = (value: string): ChunkChain => ({
  value,
  date: '20130524T000000Z',
  scope: '20130524/us-east-1/s3/aws4_request',
  sign: async (text) => hmac(signingKey, text).toString('hex'),
})

const frame = (sizes: number[], signatures: string[]) =>
  sizes.map(
    (size, index) => `${size.toString(16)};chunk-signature=${signatures[index]}\r\n${'a'.repeat(size)}`,
  )

const documented = {
  seed: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
  body: `${frame(
    [65_536, 1_024, 0],
    [
      'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
      '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
      'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
    ],
  ).join('\r\n')}\r\n`,
}
const withTrailer = {
  seed: '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e',
  body: `${frame(
    [65_536, 1_024, 0],
    [
      'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2',
      '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7',
      '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992',
    ],
  ).join(
    '\r\n',
  )}x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n`,
}

const decode = async (
  body: string | Buffer,
  use: { chain?: ChunkChain; announced?: string[]; cuts?: number[] } = {},
) => {
  const bytes = Buffer.from(body)
  const edges = [0, ...(use.cuts ?? []).map((cut) => cut % (bytes.length + 1)), bytes.length].sort(
    (a, b) => a - b,
  )
  async function* source() {
    for (const [index, edge] of edges.slice(1).entries()) yield bytes.subarray(edges[index] ?? 0, edge)
  }
  const trailers = new Map<string, string>()
  const pieces: Buffer[] = []
  const options = { announced: use.announced ?? [], trailers, ...(use.chain ? { chain: use.chain } : {}) }
  try {
    for await (const piece of decodeChunks(source(), options)) pieces.push(Buffer.from(piece))
  } catch (error) {
    return { code: readRefusal(error)?.code ?? String(error) }
  }
  return { content: Buffer.concat(pieces).toString('latin1'), trailers: Object.fromEntries(trailers) }
}

const announced = ['x-amz-checksum-crc32c']
const letters = 'a'.repeat(66_560)

describe('the aws-chunked framing', () => {
  test('is taken off the documented examples, signatures checked', async () => {
    assert.deepEqual(await decode(documented.body, { chain: chain(documented.seed) }), {
      content: letters,
      trailers: {},
    })
    assert.deepEqual(await decode(withTrailer.body, { chain: chain(withTrailer.seed), announced }), {
      content: letters,
      trailers: { 'x-amz-checksum-crc32c': 'sOO8/Q==' },
    })
  })

  test('is taken off however the bytes arrive', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 100_000 })), async (cuts) => {
        const { content } = await decode(withTrailer.body, {
          chain: chain(withTrailer.seed),
          announced,
          cuts,
        })
        assert.equal(content, letters)
      }),
      { numRuns: 20 },
    )
  })

  test('gives away every change', async () => {
    const signed = { chain: chain(withTrailer.seed), announced }
    const { body } = withTrailer
    const cases: [string, string, string][] = [
      ['a letter', body.replace('aaa', 'aba'), 'SignatureDoesNotMatch'],
      ['a checksum', body.replace('sOO8', 'sOO9'), 'SignatureDoesNotMatch'],
      ['the signature of the trailer', body.replace('d81f82', 'd81f83'), 'SignatureDoesNotMatch'],
      [
        'no signature of the trailer',
        body.replace(/x-amz-trailer-signature.*/s, '\r\n'),
        'SignatureDoesNotMatch',
      ],
      ['no signature of a chunk', body.replace(/;chunk-signature=\w+/, ''), 'SignatureDoesNotMatch'],
      ['no trailer', body.replace(/x-amz-checksum.*?\r\n/, ''), 'MalformedTrailerError'],
      [
        'another trailer',
        body.replace('x-amz-checksum-crc32c', 'x-amz-checksum-sha1'),
        'MalformedTrailerError',
      ],
      ['an end too early', body.slice(0, 60_000), 'IncompleteBody'],
      ['an end in a head', body.slice(0, 30), 'IncompleteBody'],
      ['nothing', '', 'IncompleteBody'],
      ['a head that is none', 'zz\r\n', 'InvalidRequest'],
      ['a longer chunk', body.replace('10000;', 'ffff;'), 'SignatureDoesNotMatch'],
    ]
    for (const [what, changed, code] of cases) {
      assert.deepEqual(await decode(changed, signed), { code }, what)
    }
    assert.deepEqual(await decode('1\r\nab\r\n0\r\n\r\n'), { code: 'InvalidRequest' })
    assert.deepEqual(await decode('1\r\na\r\n0\r\n\r\n'), { content: 'a', trailers: {} })
  })
})
