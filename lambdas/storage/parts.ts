import * as z from 'zod/mini'
import { OwnError } from '../runtime/own-error.ts'
import type { Unsigned } from './archives/presigned-requests.ts'

/**
 * Requests about multipart uploads and their responses, which S3, MinIO and OSS have in common. The elements
 * that are read contain neither markup nor escapes, so no XML parser is needed.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html
 */

/** An uploaded part. */
export type Part = { number: number; etag: string }

type PartsRequest = Pick<Unsigned, 'method' | 'key' | 'query' | 'headers'> & { body?: string }

/** A response without an element that we need. */
class UnreadableAnswer extends OwnError {
  override readonly name = 'UnreadableAnswer'
}

const elementIn = (text: string, name: string): string | undefined =>
  new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1]

const PartText = z.object({ PartNumber: z.coerce.number(), ETag: z.string() })

const readPart = (text: string): Part => {
  const found = Object.fromEntries(['PartNumber', 'ETag'].map((name) => [name, elementIn(text, name)]))
  const { PartNumber: number, ETag } = PartText.parse(found)
  return { number, etag: ETag.replaceAll('&quot;', '').replaceAll('"', '') }
}

export const beginRequest = (key: string, headers: Record<string, string>) => ({
  request: { method: 'POST', key, query: { uploads: '' }, headers } satisfies PartsRequest,
  read: (text: string): string => {
    const uploadId = elementIn(text, 'UploadId')
    if (!uploadId) throw new UnreadableAnswer('Storage started an upload without returning its id')
    return uploadId
  },
})

/** A page of the parts after the number `after`. `next`: the `after` of the next page. */
export const listPartsRequest = (key: string, uploadId: string, after: number) => ({
  request: {
    method: 'GET',
    key,
    query: { uploadId, ...(after > 0 ? { 'part-number-marker': String(after) } : {}) },
  } satisfies PartsRequest,
  read: (text: string): { parts: Part[]; next: number | undefined } => {
    const parts = [...text.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = '']) => readPart(part))
    const last = parts.at(-1)
    return { parts, next: elementIn(text, 'IsTruncated') === 'true' && last ? last.number : undefined }
  },
})

/**
 * If the parts have hashes, S3 requires them again here. They are not taken from the list of parts, which not
 * every S3-compatible storage returns with hashes.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 */
export const completeRequest = (
  key: string,
  uploadId: string,
  parts: readonly (Part & { sha256?: string | undefined })[],
): PartsRequest => ({
  method: 'POST',
  key,
  query: { uploadId },
  body: `<CompleteMultipartUpload>${parts.map(named).join('')}</CompleteMultipartUpload>`,
})

const named = ({ number, etag, sha256 }: Part & { sha256?: string | undefined }): string => {
  const sum = sha256 && `<ChecksumSHA256>${Buffer.from(sha256, 'hex').toString('base64')}</ChecksumSHA256>`
  return `<Part><PartNumber>${number}</PartNumber><ETag>&quot;${etag}&quot;</ETag>${sum ?? ''}</Part>`
}

export const abortRequest = (key: string, uploadId: string): PartsRequest => ({
  method: 'DELETE',
  key,
  query: { uploadId },
})
