import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { crc32 } from 'node:zlib'
import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { Hash } from '@smithy/hash-node'
import { HttpRequest } from '@smithy/protocol-http'
import { SignatureV4 } from '@smithy/signature-v4'
import type { Credentials } from '../../../local/iam/principals.ts'
import { archives, outcomeOf, readerArn, startWorld, type World } from './storage-world.ts'

describe('an upload that is not what it says', () => {
  let world: World
  let credentials: Credentials
  before(async () => {
    world = await startWorld()
    credentials = await world.credentialsOf(readerArn)
  })
  after(() => world.stop())

  /** Signs a request for a key by hand, so that it may say anything, and sends it with `body`. */
  const put = async (
    key: string,
    headers: Record<string, string>,
    body: string | Buffer,
    { method = 'PUT', query = {} }: { method?: string; query?: Record<string, string> } = {},
  ) => {
    const url = new URL(`/${archives}/${key}`, world.s3Url)
    url.search = new URLSearchParams(query).toString()
    const signer = new SignatureV4({
      credentials,
      region: 'eu-west-1',
      service: 's3',
      sha256: Hash.bind(null, 'sha256'),
      uriEscapePath: false,
    })
    const unsigned = new HttpRequest({
      method,
      query,
      hostname: url.hostname,
      path: url.pathname,
      headers: { host: url.host, ...headers },
    })
    const signed = await signer.sign(unsigned)
    const response = await fetch(url, {
      method,
      headers: signed.headers,
      body: new Uint8Array(Buffer.from(body)),
    })
    const text = await response.text()
    return `${/<Code>(\w+)</.exec(text)?.[1] ?? 'done'} ${response.status}`
  }
  const base64 = (name: string, text: string) => createHash(name).update(text).digest('base64')
  const hex = (text: string) => createHash('sha256').update(text).digest('hex')
  const unsigned = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }
  const crc = (text: string) => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(crc32(text))
    return bytes.toString('base64')
  }
  const trailer = {
    'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
    'x-amz-trailer': 'x-amz-checksum-crc32',
    'x-amz-decoded-content-length': '4',
  }
  const chunked = (sum: string) => `4\r\nlogs\r\n0\r\nx-amz-checksum-crc32:${sum}\r\n\r\n`

  test('is taken when everything fits', async () => {
    const cases: [Record<string, string>, string][] = [
      [{ 'x-amz-content-sha256': hex('logs') }, 'logs'],
      [{ ...unsigned, 'content-md5': base64('md5', 'logs') }, 'logs'],
      [{ ...unsigned, 'x-amz-checksum-sha1': base64('sha1', 'logs') }, 'logs'],
      [{ ...unsigned, 'x-amz-checksum-sha256': base64('sha256', 'logs') }, 'logs'],
      // The check value of CRC-32C in RFC 3720 appendix B.4 for 32 zero bytes: aa 36 91 8a, least significant
      // first.
      [{ ...unsigned, 'x-amz-checksum-crc32c': 'ipE2qg==' }, '\0'.repeat(32)],
      [trailer, chunked(crc('logs'))],
    ]
    for (const [headers, body] of cases)
      assert.equal(await put('fits', headers, body), 'done 200', JSON.stringify(headers))
  })

  test('is refused with its code, and leaves nothing behind', async () => {
    const cases: [string, Record<string, string>, string][] = [
      ['XAmzContentSHA256Mismatch 400', { 'x-amz-content-sha256': hex('other') }, 'logs'],
      ['BadDigest 400', { ...unsigned, 'content-md5': base64('md5', 'other') }, 'logs'],
      ['InvalidDigest 400', { ...unsigned, 'content-md5': 'short' }, 'logs'],
      ['BadDigest 400', { ...unsigned, 'x-amz-checksum-crc32': crc('other') }, 'logs'],
      ['BadDigest 400', { ...unsigned, 'x-amz-checksum-sha256': base64('sha256', 'other') }, 'logs'],
      ['BadDigest 400', trailer, chunked(crc('other'))],
      ['IncompleteBody 400', { ...trailer, 'x-amz-decoded-content-length': '5' }, chunked(crc('logs'))],
      ['IncompleteBody 400', { ...trailer, 'x-amz-decoded-content-length': '3' }, chunked(crc('logs'))],
      [
        'MissingContentLength 411',
        { 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' },
        chunked(''),
      ],
      [
        'SignatureDoesNotMatch 403',
        { ...trailer, 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER' },
        chunked(crc('logs')),
      ],
      ['NotImplemented 501', { 'x-amz-content-sha256': 'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD' }, 'logs'],
      ['InvalidRequest 400', { 'x-amz-content-sha256': 'nonsense' }, 'logs'],
    ]
    const files = () => readdirSync(join(world.directory, archives, 'data')).toSorted()
    const filesBefore = files()
    for (const [expected, headers, body] of cases) {
      assert.equal(await put('refused', headers, body), expected, JSON.stringify(headers))
    }
    assert.deepEqual(files(), filesBefore)
    const head = world.reader.send(new HeadObjectCommand({ Bucket: archives, Key: 'refused' }))
    assert.equal(await outcomeOf(head), 'NotFound 404')
  })

  test('is refused when a header was added that is not signed', async () => {
    const url = new URL(`/${archives}/added`, world.s3Url)
    const signer = new SignatureV4({
      credentials,
      region: 'eu-west-1',
      service: 's3',
      sha256: Hash.bind(null, 'sha256'),
      uriEscapePath: false,
    })
    const headers = { host: url.host, ...unsigned }
    const signed = await signer.sign(new HttpRequest({ method: 'PUT', path: url.pathname, headers }))
    const response = await fetch(url, {
      method: 'PUT',
      headers: { ...signed.headers, 'x-amz-meta-added': 'later' },
      body: 'x',
    })
    assert.equal(response.status, 403)
    assert.match(await response.text(), /not signed/)
  })

  test('is answered even while the rest of it is still on its way', async () => {
    const body = `1;chunk-signature=${'0'.repeat(64)}\r\nx\r\n${'y'.repeat(16 * 1024 * 1024)}`
    const signed = { ...trailer, 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER' }
    assert.equal(await put('large', signed, body), 'SignatureDoesNotMatch 403')
  })

  test('is answered when the list of its parts is endless', async () => {
    const method = { method: 'POST', query: { uploadId: 'any' } }
    assert.equal(await put('listed', unsigned, 'x'.repeat(8 * 1024 * 1024), method), 'MalformedXML 400')
  })

  test('leaves the object that was there when it breaks off', async () => {
    await world.reader.send(new PutObjectCommand({ Bucket: archives, Key: 'kept', Body: 'first' }))
    const url = new URL(`/${archives}/kept`, world.s3Url)
    const signer = new SignatureV4({
      credentials,
      region: 'eu-west-1',
      service: 's3',
      sha256: Hash.bind(null, 'sha256'),
      uriEscapePath: false,
    })
    const headers = { host: url.host, 'content-length': '1000000', ...unsigned }
    const signed = await signer.sign(new HttpRequest({ method: 'PUT', path: url.pathname, headers }))
    await new Promise<void>((resolve) => {
      const broken = request(url, { method: 'PUT', headers: signed.headers })
      broken.on('close', resolve).on('error', () => undefined)
      broken.write('second', () => broken.destroy())
    })
    const { ContentLength } = await world.reader.send(
      new HeadObjectCommand({ Bucket: archives, Key: 'kept' }),
    )
    assert.equal(ContentLength, 5)
  })
})
