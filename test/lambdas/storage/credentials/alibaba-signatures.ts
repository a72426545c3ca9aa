import { createHash, createHmac } from 'node:crypto'
import type { Captured } from './captured-requests.ts'

/**
 * Alibaba Cloud's signatures written down again from the published descriptions, so that what the SDKs send
 * is held against the rules and not against themselves. `alibaba-signatures.test.ts` holds these against
 * published results.
 */

const percentEncoded = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()

/** Names and values escaped, in the order of bytes. */
const canonicalQuery = (query: readonly (readonly [string, string])[]): string =>
  query
    .map(([name, value]) => [percentEncoded(name), value === '' ? '' : `=${percentEncoded(value)}`] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map((pair) => pair.join(''))
    .join('&')

type Request = Pick<Captured, 'method' | 'url'> & { headers: Record<string, string | string[] | undefined> }

const canonicalHeaders = (headers: Request['headers'], names: readonly string[]): string =>
  names.map((name) => `${name}:${String(headers[name]).trim()}\n`).join('')

/** https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature */
export const acs3Signature = (
  { method, url, headers }: Request,
  secret: string,
  signed: readonly string[],
): string => {
  const query = [...url.searchParams].map(
    ([name, value]) => [percentEncoded(name), percentEncoded(value)] as const,
  )
  const canonical = [
    method,
    url.pathname,
    query
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${name}=${value}`)
      .join('&'),
    canonicalHeaders(headers, signed),
    signed.join(';'),
    headers['x-acs-content-sha256'],
  ].join('\n')
  return hmac(secret, `ACS3-HMAC-SHA256\n${sha256(canonical)}`).toString('hex')
}

/** https://www.alibabacloud.com/help/en/oss/developer-reference/add-signatures-to-urls */
export const ossSignature = (
  { method, url, headers }: Request,
  { resource, secret }: { resource: string; secret: string },
): string => {
  const { searchParams: query } = url
  const date = query.get('x-oss-date') ?? ''
  const [, day = '', region = '', product = '', end = ''] = query.get('x-oss-credential')?.split('/') ?? []
  const additional = query.get('x-oss-additional-headers')?.split(';') ?? []
  const named = ['content-type', 'content-md5']
  const ofOss = Object.keys(headers).filter((name) => named.includes(name) || name.startsWith('x-oss-'))
  const canonical = [
    method,
    resource.split('/').map(percentEncoded).join('/'),
    canonicalQuery([...query].filter(([name]) => name !== 'x-oss-signature')),
    canonicalHeaders(headers, [...additional, ...ofOss].sort()),
    additional.join(';'),
    'UNSIGNED-PAYLOAD',
  ].join('\n')
  const scope = [day, region, product, end]
  const toSign = ['OSS4-HMAC-SHA256', date, scope.join('/'), sha256(canonical)].join('\n')
  const key = scope.reduce<string | Buffer>(hmac, `aliyun_v4${secret}`)
  return hmac(key, toSign).toString('hex')
}
