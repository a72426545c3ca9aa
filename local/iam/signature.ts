import type { IncomingHttpHeaders } from 'node:http'

/** A received request; `url` is the raw request target, undecoded. */
export type SignedRequest = { method: string; url: string; headers: IncomingHttpHeaders }

/** The query parameters; one that appears twice has several values. */
export type Query = Record<string, string | string[]>

/** A request's claim about its signature, not yet verified. */
export type ClaimedSignature = {
  form: 'header' | 'query'
  accessKeyId: string
  /** `yyyymmdd/region/service/aws4_request` */
  scope: string
  day: string
  region: string
  service: string
  signedHeaders: readonly string[]
  signature: string
  /** `yyyymmddThhmmssZ` */
  date: string
  time: number
  sessionToken?: string
  expiresInSeconds?: number
}

const decode = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/**
 * Path and query of a request target, the path undecoded and with its dots: an object key may be `a/../b`,
 * which a URL parser would shorten. Undefined if an escape in the query is malformed.
 */
export const splitTarget = (url: string): { path: string; query: Query } | undefined => {
  const [path = '', search = ''] = url.split(/\?(.*)/s)
  const query: Query = Object.create(null)
  for (const pair of search.split('&').filter(Boolean)) {
    const [name, value] = pair.split(/=(.*)/s).map(decode)
    if (name === undefined || (value === undefined && pair.includes('='))) return undefined
    const known = query[name]
    query[name] = known === undefined ? (value ?? '') : [known, value ?? ''].flat()
  }
  return { path, query }
}

/** Parses `yyyymmddThhmmssZ` to epoch milliseconds; undefined if malformed. */
const readDate = (date: string): number | undefined => {
  const iso = date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z')
  const time = iso === date ? Number.NaN : Date.parse(iso)
  return Number.isNaN(time) ? undefined : time
}

const claim = (fields: {
  form: 'header' | 'query'
  credential: string | undefined
  signedHeaders: string | undefined
  signature: string | undefined
  date: string | undefined
  sessionToken: string | undefined
}): ClaimedSignature | undefined => {
  const { form, credential = '', signedHeaders = '', signature = '', date = '', sessionToken } = fields
  const [accessKeyId, day, region, service, end, ...more] = credential.split('/')
  const time = readDate(date)
  if (!accessKeyId || !day || !region || !service || end !== 'aws4_request' || more.length > 0)
    return undefined
  if (time === undefined || !date.startsWith(day) || !/^[0-9a-f]{64}$/.test(signature)) return undefined
  const names = signedHeaders.split(';')
  // Without the host, a signature would be valid for every server.
  if (!names.includes('host')) return undefined
  return {
    form,
    accessKeyId,
    scope: `${day}/${region}/${service}/aws4_request`,
    day,
    region,
    service,
    signedHeaders: names,
    signature,
    date,
    time,
    ...(sessionToken === undefined ? {} : { sessionToken }),
  }
}

const one = (value: string | string[] | undefined) => (typeof value === 'string' ? value : undefined)

type Unreadable = 'unsigned' | 'incomplete' | 'incompleteLink' | 'foreignScheme' | 'twoSignatures'

const schemes = ['AWS', 'AWS4-HMAC-SHA256']

const fromHeader = (header: string, headers: IncomingHttpHeaders): ClaimedSignature | Unreadable => {
  if (!schemes.includes(header.split(/\s/, 1)[0] ?? '')) return 'foreignScheme'
  const [, fields = ''] = /^AWS4-HMAC-SHA256\s+(.*)$/.exec(header) ?? []
  const named = Object.fromEntries(fields.split(',').map((field) => field.trim().split(/=(.*)/s)))
  return (
    claim({
      form: 'header',
      credential: named.Credential,
      signedHeaders: named.SignedHeaders,
      signature: named.Signature,
      date: one(headers['x-amz-date']),
      sessionToken: one(headers['x-amz-security-token']),
    }) ?? 'incomplete'
  )
}

const longestLinkSeconds = 7 * 24 * 60 * 60

const fromQuery = (query: Query): ClaimedSignature | Unreadable => {
  if (query['X-Amz-Algorithm'] !== 'AWS4-HMAC-SHA256') return 'incompleteLink'
  const claimed = claim({
    form: 'query',
    credential: one(query['X-Amz-Credential']),
    signedHeaders: one(query['X-Amz-SignedHeaders']),
    signature: one(query['X-Amz-Signature']),
    date: one(query['X-Amz-Date']),
    sessionToken: one(query['X-Amz-Security-Token']),
  })
  const expires = one(query['X-Amz-Expires']) ?? ''
  if (!claimed || !/^\d{1,6}$/.test(expires) || Number(expires) > longestLinkSeconds) return 'incompleteLink'
  return { ...claimed, expiresInSeconds: Number(expires) }
}

const isLink = (query: Query): boolean =>
  query['X-Amz-Algorithm'] !== undefined || query['X-Amz-Signature'] !== undefined

/**
 * Reads the signature of a request, from the Authorization header or, for a presigned link, from the query;
 * otherwise the reason why it is unreadable. A link with such a header, whatever its content, is signed
 * twice.
 *
 * Sources: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html,
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export const readSignature = (headers: IncomingHttpHeaders, query: Query): ClaimedSignature | Unreadable => {
  if (headers.authorization === undefined) return isLink(query) ? fromQuery(query) : 'unsigned'
  // `Signature`: a presigned link of signature version 2.
  if (isLink(query) || query.Signature !== undefined) return 'twoSignatures'
  return fromHeader(headers.authorization, headers)
}
