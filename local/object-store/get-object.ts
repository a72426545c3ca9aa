import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { parameter } from './address.ts'
import { checksumHeaders } from './checksums.ts'
import { encryptionHeader } from './object-headers.ts'
import { type Operation, requireListAccess, requireObjectAccess, send } from './operation.ts'
import type { ObjectRecord } from './record-file.ts'
import { refuse } from './refusal.ts'

const overrides: Record<string, string> = {
  'response-content-type': 'content-type',
  'response-content-disposition': 'content-disposition',
  'response-content-encoding': 'content-encoding',
  'response-content-language': 'content-language',
  'response-cache-control': 'cache-control',
  'response-expires': 'expires',
}

type Range = { first: number; last: number }

/** One range of bytes. Anything else in the header is ignored, as S3 and RFC 9110 do; more than one range too. */
const readRange = (header: string | undefined, sizeBytes: number): Range | undefined => {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? []
  if (from === '' && to === '') return undefined
  const first = from === '' ? Math.max(0, sizeBytes - Number(to)) : Number(from)
  const last = from === '' || to === '' ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1)
  if (from !== '' && to !== '' && Number(to) < first) return undefined
  if (first > last) throw refuse('InvalidRange', 'The requested range is not satisfiable')
  return { first, last }
}

const matchesEtag = (header: string, { etag }: ObjectRecord) =>
  header.split(',').some((text) => text.trim() === '*' || text.trim().replaceAll('"', '') === etag)

const headersOf = ({ request, query }: Operation, record: ObjectRecord, range: Range | undefined) => {
  const withChecksums = request.headers['x-amz-checksum-mode'] === 'ENABLED' && range === undefined
  const { checksums } = record
  return {
    ...record.headers,
    ...Object.fromEntries(
      Object.entries(overrides).flatMap(([name, header]) => {
        const value = parameter(query, name)
        return value === undefined ? [] : [[header, value]]
      }),
    ),
    ...(withChecksums && Object.keys(checksums).length > 0
      ? { ...checksumHeaders(checksums), 'x-amz-checksum-type': record.checksumType }
      : {}),
    ...(range ? { 'content-range': `bytes ${range.first}-${range.last}/${record.sizeBytes}` } : {}),
    'content-length': String(range ? range.last - range.first + 1 : record.sizeBytes),
    ...encryptionHeader,
    etag: `"${record.etag}"`,
    'last-modified': new Date(record.lastModified).toUTCString(),
    'accept-ranges': 'bytes',
  }
}

/** A missing key is "not found" only to those who may list the bucket; to others it is like one they may not read. */
const find = (operation: Operation): ObjectRecord => {
  requireObjectAccess(operation, 's3:GetObject')
  const record = operation.files.find(operation.key)
  if (record) return record
  requireListAccess(operation, {})
  throw refuse('NoSuchKey', 'The specified key does not exist.')
}

/**
 * GetObject and HeadObject: whole or one range, with the response headers a caller may override, and conditional on the
 * ETag. A reader gets one version to its end even if the object is replaced or deleted meanwhile.
 *
 * Sources: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html,
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
 */
export const getObject = async (operation: Operation): Promise<void> => {
  const { request, response, files } = operation
  const record = find(operation)
  const { 'if-match': wanted, 'if-none-match': known, range: rangeHeader } = request.headers
  if (wanted !== undefined && !matchesEtag(wanted, record)) {
    throw refuse('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold')
  }
  if (known !== undefined && matchesEtag(known, record)) {
    response.writeHead(304, { etag: `"${record.etag}"` }).end()
    return
  }
  const range = readRange(rangeHeader, record.sizeBytes)
  const headers = headersOf(operation, record, range)
  if (request.method === 'HEAD' || record.sizeBytes === 0) {
    response.writeHead(range ? 206 : 200, headers).end()
    return
  }
  const file = files.open(record)
  response.writeHead(range ? 206 : 200, headers)
  const bytes = createReadStream('', {
    fd: file,
    start: range?.first ?? 0,
    end: range?.last ?? record.sizeBytes - 1,
  })
  await pipeline(bytes, response)
}

/** DeleteObject: gone afterwards, whether it was there or not. */
export const deleteObject = async (operation: Operation): Promise<void> => {
  requireObjectAccess(operation, 's3:DeleteObject')
  operation.files.remove(operation.key)
  send(operation, 204, {})
}
