import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { parameter } from './address.ts'
import { checksumHeaders } from './checksums.ts'
import { encryptionHeader } from './object-headers.ts'
import { type Operation, requireListAccess, requireObjectAccess, send, versionHeaders } from './operation.ts'
import type { DeleteMarker, ObjectRecord, VersionRecord } from './record-file.ts'
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

/**
 * A single byte range. Anything else in the header, more than one range too, is ignored, as S3 and RFC 9110
 * do.
 */
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

/**
 * `Content-Length` is spelled as S3 spells it: some clients accept no other spelling
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html, its examples).
 */
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
    'Content-Length': String(range ? range.last - range.first + 1 : record.sizeBytes),
    ...encryptionHeader,
    etag: `"${record.etag}"`,
    'last-modified': new Date(record.lastModified).toUTCString(),
    'accept-ranges': 'bytes',
    ...versionHeaders(record),
  }
}

const isMarker = (version: VersionRecord | undefined): version is DeleteMarker =>
  version !== undefined && 'isDeleteMarker' in version

const askedVersion = ({ query }: Operation): string | undefined => {
  const id = parameter(query, 'versionId')
  if (id === '') throw refuse('InvalidArgument', 'Version id cannot be the empty string')
  return id
}

/**
 * A missing key is "not found" only to callers that may list the bucket; to others it is like an unreadable
 * one. A delete marker is like a missing key, and says so in a header; requested by its id it cannot be read.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html
 */
const find = (operation: Operation): ObjectRecord => {
  const { files, key, response } = operation
  const id = askedVersion(operation)
  requireObjectAccess(operation, id === undefined ? 's3:GetObject' : 's3:GetObjectVersion')
  const version = id === undefined ? files.current(key) : files.findVersion(key, id)
  if (version && !isMarker(version)) return version
  if (!version || id === undefined) requireListAccess(operation)
  if (version) {
    response.setHeader('x-amz-delete-marker', 'true')
    for (const [name, value] of Object.entries(versionHeaders(version))) response.setHeader(name, value)
  }
  if (id === undefined) throw refuse('NoSuchKey', 'The specified key does not exist.')
  if (!version) throw refuse('NoSuchVersion', 'The specified version does not exist.')
  response.setHeader('allow', 'DELETE')
  response.setHeader('last-modified', new Date(version.lastModified).toUTCString())
  throw refuse('MethodNotAllowed', 'The specified method is not allowed against this resource.')
}

/**
 * GetObject and HeadObject: whole or one range, with the response headers that a caller may override, and
 * conditional on the ETag. A reader gets one version to its end even if the object is replaced or deleted
 * meanwhile.
 *
 * Sources: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html,
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
 */
export const getObject = async (operation: Operation): Promise<void> => {
  const { request, response, files } = operation
  const record = find(operation)
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch, range: rangeHeader } = request.headers
  if (ifMatch !== undefined && !matchesEtag(ifMatch, record)) {
    throw refuse('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold')
  }
  if (ifNoneMatch !== undefined && matchesEtag(ifNoneMatch, record)) {
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

/**
 * DeleteObject: the object is gone afterwards, whether it existed or not. In a bucket with versioning, a
 * request without a version id leaves a new delete marker each time, and one with a version id removes that
 * version for good.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
 */
export const deleteObject = async (operation: Operation): Promise<void> => {
  const { files, key } = operation
  const id = askedVersion(operation)
  requireObjectAccess(operation, id === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion')
  const version = id === undefined ? files.remove(key) : files.removeVersion(key, id)
  send(operation, 204, {
    ...(isMarker(version) ? { 'x-amz-delete-marker': 'true' } : {}),
    ...(id === undefined ? {} : { 'x-amz-version-id': id }),
    ...(version ? versionHeaders(version) : {}),
  })
}
