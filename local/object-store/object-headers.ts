import type { IncomingHttpHeaders } from 'node:http'
import type { BucketFiles } from './bucket-files.ts'
import { readAlgorithm } from './checksums.ts'
import type { Operation } from './operation.ts'
import { refuse } from './refusal.ts'

const kept = ['content-type', 'content-disposition', 'content-language', 'cache-control', 'expires']

const signing = [
  'date',
  'content-sha256',
  'security-token',
  'algorithm',
  'credential',
  'expires',
  'signedheaders',
  'signature',
]
const framing = ['decoded-content-length', 'trailer']
const checksums = [
  'sdk-checksum-algorithm',
  'checksum-algorithm',
  'checksum-type',
  'checksum-mode',
  'mp-object-size',
]
const aboutTheClient = ['user-agent', 'api-version']

/** Headers that are accepted by value: see `checkValues`. */
const decided = ['storage-class', 'server-side-encryption', 'acl']
const harmless = new Set(
  [...signing, ...framing, ...checksums, ...aboutTheClient, ...decided].map((name) => `x-amz-${name}`),
)

/**
 * Refuses headers for features that the store lacks (copying, tags, access lists, locks): an upload that only
 * appears to have them would pass here and fail in AWS. In a presigned link such headers are in the query.
 */
export const refuseUnknownHeaders = ({ request, query }: Pick<Operation, 'request' | 'query'>): void => {
  const names = [...Object.keys(request.headers), ...Object.keys(query).map((name) => name.toLowerCase())]
  const unknown = names.find(
    (name) =>
      name.startsWith('x-amz-') &&
      !name.startsWith('x-amz-meta-') &&
      !harmless.has(name) &&
      readAlgorithm(name) === undefined,
  )
  if (unknown)
    throw refuse('NotImplemented', `The header ${unknown} implies functionality that is not emulated.`)
  const given = Object.entries(query).map(([name, value]) => [name.toLowerCase(), value])
  checkValues({ ...Object.fromEntries(given), ...request.headers })
}

const storageClasses = [
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER',
  'DEEP_ARCHIVE',
  'OUTPOSTS',
  'GLACIER_IR',
  'SNOW',
  'EXPRESS_ONEZONE',
  'FSX_OPENZFS',
  'FSX_ONTAP',
]

/**
 * Values that many clients send by default and that match what S3 does anyway: the class STANDARD, encryption
 * with S3's own keys, and, on a bucket with owner enforcement, the access list that gives the owner
 * everything. Such a bucket refuses other access lists.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-ownership-error-responses.html
 */
const checkValues = (headers: Readonly<Record<string, unknown>>): void => {
  const storageClass = headers['x-amz-storage-class'] ?? 'STANDARD'
  const encryption = headers['x-amz-server-side-encryption'] ?? 'AES256'
  const acl = headers['x-amz-acl'] ?? 'bucket-owner-full-control'
  if (acl !== 'bucket-owner-full-control')
    throw refuse('AccessControlListNotSupported', 'The bucket does not allow ACLs')
  if (storageClasses.includes(String(storageClass)))
    throw refuse('NotImplemented', `The storage class ${storageClass} is not emulated.`)
  if (storageClass !== 'STANDARD')
    throw refuse('InvalidStorageClass', 'The storage class you specified is not valid')
  if (/^aws:(kms|kms:dsse|fsx)$/.test(String(encryption)))
    throw refuse('NotImplemented', `Encryption with ${encryption} is not emulated.`)
  if (encryption !== 'AES256')
    throw refuse('InvalidEncryptionAlgorithmError', 'The encryption request you specified is not valid.')
}

/** S3 reports for every object that it is encrypted with S3's own keys. */
export const encryptionHeader = { 'x-amz-server-side-encryption': 'AES256' }

/** The headers of an upload that readers get back: its type, presentation and metadata. */
export const keepHeaders = (headers: IncomingHttpHeaders): Record<string, string> => {
  const encoding = (headers['content-encoding'] ?? '')
    .split(',')
    .map((name) => name.trim())
    // The transfer framing, which is no property of the object.
    .filter((name) => name !== '' && name !== 'aws-chunked')
    .join(',')
  return {
    'content-type': 'binary/octet-stream',
    ...Object.fromEntries(
      Object.entries(headers).flatMap(([name, value]) =>
        typeof value === 'string' && (kept.includes(name) || name.startsWith('x-amz-meta-'))
          ? [[name, value]]
          : [],
      ),
    ),
    ...(encoding === '' ? {} : { 'content-encoding': encoding }),
  }
}

/**
 * Refuses a write whose precondition fails. `If-None-Match: *` is the only precondition that S3 has for
 * writes without read permission. Call it in the same turn as the write.
 *
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export const checkWriteCondition = (headers: IncomingHttpHeaders, files: BucketFiles, key: string): void => {
  if (headers['if-match'] !== undefined)
    throw refuse('NotImplemented', 'If-Match is not emulated for writes.')
  const condition = headers['if-none-match']
  if (condition === undefined) return
  if (condition !== '*') throw refuse('NotImplemented', 'If-None-Match takes only * for writes.')
  if (files.find(key)) {
    throw refuse('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold')
  }
}
