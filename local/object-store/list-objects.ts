import { countParameter, parameter } from './address.ts'
import { type Operation, requireListAccess, send } from './operation.ts'
import { refuse, toXml } from './refusal.ts'

const largestPage = 1000

type Page = { keys: string[]; commonPrefixes: string[]; next?: string }

const folderOf = (key: string, prefix: string, delimiter: string): string | undefined => {
  if (delimiter === '') return undefined
  const end = key.indexOf(delimiter, prefix.length)
  return end < 0 ? undefined : key.slice(0, end + delimiter.length)
}

const isAfter = (key: string, mark: string) => Buffer.compare(Buffer.from(key), Buffer.from(mark)) > 0

type Listing = { prefix: string; delimiter: string; after: string; size: number }

/**
 * A page in byte order of the keys. The marker of the next page is the last key read, or the last whole
 * folder.
 */
const page = (keys: readonly string[], { prefix, delimiter, after, size }: Listing): Page => {
  const result: Page = { keys: [], commonPrefixes: [] }
  if (size === 0) return result
  let mark = after
  for (const key of keys) {
    if (!key.startsWith(prefix) || !isAfter(key, after)) continue
    const folder = folderOf(key, prefix, delimiter)
    if (folder !== undefined && (result.commonPrefixes.at(-1) === folder || after.startsWith(folder))) {
      mark = key
      continue
    }
    if (result.keys.length + result.commonPrefixes.length >= size) return { ...result, next: mark }
    if (folder === undefined) result.keys.push(key)
    else result.commonPrefixes.push(folder)
    mark = key
  }
  return result
}

const encodeMark = (mark: string) => Buffer.from(mark).toString('base64url')
const decodeMark = (token: string) => Buffer.from(token, 'base64url').toString('utf8')

/** S3 leaves `/` unescaped in keys that it escapes for XML. */
const escapeKey = (text: string) => encodeURIComponent(text).replaceAll('%2F', '/')

/**
 * ListObjectsV2, in pages. Listing changes nothing.
 *
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 */
export const listObjects = async (operation: Operation): Promise<void> => {
  const { query, files, bucket } = operation
  if (parameter(query, 'list-type') !== '2') throw refuse('NotImplemented', 'Only ListObjectsV2 is emulated.')
  const size = countParameter(query, 'max-keys', largestPage, largestPage)
  const [prefix = '', delimiter = ''] = [parameter(query, 'prefix'), parameter(query, 'delimiter')]
  requireListAccess(operation)
  const token = parameter(query, 'continuation-token')
  const startAfter = parameter(query, 'start-after') ?? ''
  const after = token === undefined ? startAfter : decodeMark(token)
  const { keys, commonPrefixes, next } = page(files.keys(), { prefix, delimiter, after, size })
  const encoding = parameter(query, 'encoding-type')
  const text = encoding === 'url' ? escapeKey : (key: string) => key
  const body = toXml('ListBucketResult', {
    Name: bucket,
    Prefix: text(prefix),
    ...(delimiter === '' ? {} : { Delimiter: text(delimiter) }),
    ...(encoding === undefined ? {} : { EncodingType: encoding }),
    ...(startAfter === '' ? {} : { StartAfter: text(startAfter) }),
    ...(token === undefined ? {} : { ContinuationToken: token }),
    KeyCount: keys.length + commonPrefixes.length,
    MaxKeys: size,
    IsTruncated: next !== undefined,
    ...(next === undefined ? {} : { NextContinuationToken: encodeMark(next) }),
    Contents: keys.flatMap((key) => {
      const record = files.find(key)
      if (!record) return []
      const { lastModified, etag, sizeBytes } = record
      return [
        {
          Key: text(key),
          LastModified: lastModified,
          ETag: `"${etag}"`,
          Size: sizeBytes,
          StorageClass: 'STANDARD',
        },
      ]
    }),
    CommonPrefixes: commonPrefixes.map((folder) => ({ Prefix: text(folder) })),
  })
  send(operation, 200, {}, body)
}
