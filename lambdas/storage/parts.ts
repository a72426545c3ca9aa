import * as z from 'zod/mini'
import { OwnError } from '../runtime/own-error.ts'
import type { Unsigned } from './archives/presigned-requests.ts'

/**
 * Requests about uploads in parts, and what their answers say; S3, MinIO and OSS have them in common. The
 * elements that are looked for hold neither markup nor escapes, so no parser is needed.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html
 */

/** A part that has come. */
export type Part = { number: number; etag: string }

type Asked = Pick<Unsigned, 'method' | 'key' | 'query' | 'headers'> & { body?: string }

/** An answer in which the element is missing that we need. */
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
  request: { method: 'POST', key, query: { uploads: '' }, headers } satisfies Asked,
  read: (text: string): string => {
    const uploadId = elementIn(text, 'UploadId')
    if (!uploadId) throw new UnreadableAnswer('Storage began an upload without telling its id')
    return uploadId
  },
})

/** A page of them, of those after a number. `next`: what the next page comes after. */
export const listPartsRequest = (key: string, uploadId: string, after: number) => ({
  request: {
    method: 'GET',
    key,
    query: { uploadId, ...(after > 0 ? { 'part-number-marker': String(after) } : {}) },
  } satisfies Asked,
  read: (text: string): { parts: Part[]; next: number | undefined } => {
    const parts = [...text.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = '']) => readPart(part))
    const last = parts.at(-1)
    return { parts, next: elementIn(text, 'IsTruncated') === 'true' && last ? last.number : undefined }
  },
})

/**
 * Where the parts have sums of their own, S3 wants to hear them again; not all that speaks like it lists
 * them. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 */
export const completeRequest = (
  key: string,
  uploadId: string,
  parts: readonly (Part & { sha256?: string | undefined })[],
): Asked => ({
  method: 'POST',
  key,
  query: { uploadId },
  body: `<CompleteMultipartUpload>${parts.map(named).join('')}</CompleteMultipartUpload>`,
})

const named = ({ number, etag, sha256 }: Part & { sha256?: string | undefined }): string => {
  const sum = sha256 && `<ChecksumSHA256>${Buffer.from(sha256, 'hex').toString('base64')}</ChecksumSHA256>`
  return `<Part><PartNumber>${number}</PartNumber><ETag>&quot;${etag}&quot;</ETag>${sum ?? ''}</Part>`
}

export const abortRequest = (key: string, uploadId: string): Asked => ({
  method: 'DELETE',
  key,
  query: { uploadId },
})
