import { Readable } from 'node:stream'
import { formatUrl } from '@aws-sdk/util-format-url'
import type { HttpRequest } from '@smithy/protocol-http'
import * as z from 'zod/mini'
import { TimedHandler } from '../../runtime/aws-client.ts'
import { OwnError } from '../../runtime/own-error.ts'

type StorageAnswer = { size: number; etag: string | undefined; version?: string }

/** The archives in storage. Each of these may be repeated. */
export type Archives = {
  /**
   * The object under a key, or undefined if there is none. The ETag is left out where it would look like an
   * MD5 and not be one, the version where storage keeps none. Throws where storage gives no clear answer.
   */
  find: (key: string, version?: string) => Promise<StorageAnswer | undefined>
  /** A link that opens this one object as a download, for so long. */
  link: (key: string, fileName: string, lifetimeSeconds: number, version?: string) => Promise<string>
  /** Removes the object under a key, or a version of it for good. Repeating it changes nothing. */
  remove: (key: string, version?: string) => Promise<void>
}

/**
 * What to sign; `query` goes into the link and its signature. Whoever uses the link has to send `headers`,
 * in small letters, as they are: they are in the signature.
 */
export type Unsigned = {
  method: 'HEAD' | 'GET' | 'PUT' | 'POST' | 'DELETE'
  key: string
  query: Record<string, string>
  headers?: Record<string, string>
  lifetimeSeconds: number
}

/** Makes a request that carries its signature in its query. */
export type Presign = (request: Unsigned) => Promise<HttpRequest>

/**
 * Does something with what signs in the backend's own name; more than once where a key pair was rotated, so
 * it must be safe to repeat.
 */
export type WithPresign = <Result>(use: (presign: Presign) => Promise<Result>) => Promise<Result>

/** Headers by which storage is told, and asked, a SHA-256; where it knows none they are empty. */
export type SumHeaders = {
  /** Have an upload refused that is something else; the SHA-256 in hex. */
  demand: (sha256: string) => Record<string, string>
  /** Begin an upload in parts, each with its SHA-256. */
  begin: Record<string, string>
  /** Have the answer to HEAD tell it. */
  ask: Record<string, string>
}

/** The same with credentials that were lent, for the storage that came with them. */
export type PresignWith = (given: {
  endpoint: string
  bucket: string
  region: string
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken: string }
}) => Presign

const ObjectHeaders = z.object({
  'content-length': z.coerce.number(),
  etag: z.string(),
  'x-amz-server-side-encryption': z.optional(z.string()),
  'x-amz-version-id': z.optional(z.string()),
  'x-oss-version-id': z.optional(z.string()),
})

/** S3, MinIO and OSS take it under the same name (API references, HeadObject, GetObject, DeleteObject). */
const ofVersion = (version: string | undefined): Record<string, string> =>
  version === undefined ? {} : { versionId: version }

const http = new TimedHandler()

const enoughToSend = 60

/**
 * The archives behind presigned requests, which is all that we need of any object storage: the providers' own
 * clients would each be a third of a function and more.
 */
export const archivesBehind = (presign: Presign): Archives => {
  const send = async (method: 'HEAD' | 'DELETE', key: string, version?: string) => {
    const query = ofVersion(version)
    const request = await presign({ method, key, query, lifetimeSeconds: enoughToSend })
    const { response } = await http.handle(request)
    // What nobody reads would keep the connection.
    if (response.body instanceof Readable) response.body.resume()
    return response
  }

  return {
    find: async (key, asked) => {
      const { statusCode, headers } = await send('HEAD', key, asked)
      if (statusCode === 404) return undefined
      if (statusCode !== 200) throw new StorageRefused('HEAD', statusCode)
      const object = ObjectHeaders.parse(headers)
      // Under a key of KMS the ETag looks like an MD5 and is none (S3 API reference, Object).
      const isMd5 = !object['x-amz-server-side-encryption']?.startsWith('aws:kms')
      const version = object['x-amz-version-id'] ?? object['x-oss-version-id']
      return {
        size: object['content-length'],
        etag: isMd5 ? object.etag : undefined,
        ...(version === undefined ? {} : { version }),
      }
    },
    link: async (key, fileName, lifetimeSeconds, version) => {
      const query = {
        ...ofVersion(version),
        'response-content-disposition': `attachment; filename="${fileName}"`,
        'response-content-type': 'application/x-tar',
      }
      return formatUrl(await presign({ method: 'GET', key, query, lifetimeSeconds }))
    },
    // S3, MinIO and OSS answer 204 whether there was an object or not (S3 API reference and OSS API
    // reference, DeleteObject).
    remove: async (key, version) => {
      const { statusCode } = await send('DELETE', key, version)
      if (statusCode !== 204) throw new StorageRefused('DELETE', statusCode)
    },
  }
}

/** The path of an object, each of its folders escaped. */
export const escapedPath = (...parts: readonly string[]): string =>
  `/${parts.join('/').split('/').map(encodeURIComponent).join('/')}`

/**
 * Storage gave an answer that says nothing about the object. It answers 403 for a missing object to those who
 * may not list the bucket (S3 API reference, HeadObject), so that is a fault of ours: it never means that an
 * archive is missing.
 */
export class StorageRefused extends OwnError {
  override readonly name = 'StorageRefused'
  readonly method: string
  readonly status: number
  constructor(method: string, status: number) {
    super(`Storage answered ${status} to a ${method}`)
    this.method = method
    this.status = status
  }
}
