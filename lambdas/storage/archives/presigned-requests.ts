import { Readable } from 'node:stream'
import { formatUrl } from '@aws-sdk/util-format-url'
import type { HttpRequest } from '@smithy/protocol-http'
import * as z from 'zod/mini'
import { TimedHandler } from '../../runtime/aws-client.ts'
import { log } from '../../runtime/log.ts'
import { OwnError } from '../../runtime/own-error.ts'
import { count } from '../../runtime/telemetry.ts'

type StorageAnswer = { size: number; etag: string | undefined; version?: string }

/** The archives in storage. Every call is safe to repeat. */
export type Archives = {
  /**
   * The object under a key; undefined if there is none. Leaves out an ETag that looks like an MD5 but is not
   * one, and the version if storage keeps none. Throws if the response of storage does not settle whether the
   * object exists.
   */
  find: (key: string, version?: string) => Promise<StorageAnswer | undefined>
  /** A link that downloads this object, valid for `lifetimeSeconds`. */
  link: (key: string, fileName: string, lifetimeSeconds: number, version?: string) => Promise<string>
  /**
   * Deletes the object under a key; with `version`, deletes that version permanently. A repeat changes
   * nothing.
   */
  remove: (key: string, version?: string) => Promise<void>
}

/**
 * A request to sign. `query` becomes part of the link and the signature. The user of the link must send
 * exactly these `headers`, which are signed too; their names are in lower case.
 */
export type Unsigned = {
  method: 'HEAD' | 'GET' | 'PUT' | 'POST' | 'DELETE'
  key: string
  query: Record<string, string>
  headers?: Record<string, string>
  lifetimeSeconds: number
}

/** Makes a request with its signature in the query. */
export type Presign = (request: Unsigned) => Promise<HttpRequest>

/**
 * Calls `use` with a signer that has the backend's own credentials, and again if the key pair was rotated. So
 * `use` must be safe to repeat.
 */
export type WithPresign = <Result>(use: (presign: Presign) => Promise<Result>) => Promise<Result>

/** Headers for SHA-256 checksums; empty for storage that does not support them. */
export type SumHeaders = {
  /** Makes storage refuse an upload with another SHA-256, which is given in hex. */
  demand: (sha256: string) => Record<string, string>
  /** Starts a multipart upload whose parts have a SHA-256 each. */
  begin: Record<string, string>
  /** Makes the response to HEAD contain the SHA-256. */
  ask: Record<string, string>
}

/** Makes a signer from lent credentials, for the storage that they are for. */
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

/** S3, MinIO and OSS use the same parameter (API references, HeadObject, GetObject, DeleteObject). */
export const ofVersion = (version: string | undefined): Record<string, string> =>
  version === undefined ? {} : { versionId: version }

const http = new TimedHandler()

const enoughToSend = 60

/**
 * The archives, accessed by presigned requests, which is all that we need of any object storage. The
 * providers' own clients would each make up a third of a function or more.
 */
export const archivesBehind = (presign: Presign): Archives => {
  const send = async (method: 'HEAD' | 'DELETE', key: string, version?: string) => {
    const query = ofVersion(version)
    const request = await presign({ method, key, query, lifetimeSeconds: enoughToSend })
    const { response } = await http.handle(request)
    // An unread body would keep the connection busy.
    if (response.body instanceof Readable) response.body.resume()
    return response
  }

  return {
    find: async (key, requestedVersion) => {
      const { statusCode, headers } = await send('HEAD', key, requestedVersion)
      if (statusCode === 404) return undefined
      if (statusCode !== 200) throw new StorageRefused('HEAD', statusCode)
      const object = ObjectHeaders.parse(headers)
      // With KMS encryption the ETag looks like an MD5 but is not one (S3 API reference, Object).
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
    // S3, MinIO and OSS answer 204 whether or not there was an object (S3 and OSS API references,
    // DeleteObject).
    remove: async (key, version) => {
      const { statusCode } = await send('DELETE', key, version)
      if (statusCode !== 204) throw new StorageRefused('DELETE', statusCode)
    },
  }
}

/** The path of an object, with each segment escaped. */
export const escapedPath = (...parts: readonly string[]): string =>
  `/${parts.join('/').split('/').map(encodeURIComponent).join('/')}`

/**
 * A response of storage that says nothing about the object. Without the right to list the bucket, storage
 * answers 403 for a missing object (S3 API reference, HeadObject). So a 403 is a configuration error on our
 * side, and never means that an archive is missing.
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

/** Logs and counts if storage refuses our own request; `ids` are for the log line. */
export const loggingRefusals = async <Answer>(
  ids: { objectKey: string; dockSn?: string; uploadId?: string },
  answer: Promise<Answer>,
): Promise<Answer> => {
  try {
    return await answer
  } catch (error) {
    if (error instanceof StorageRefused && error.status === 403) {
      log('storageRefusesUs', { method: error.method, ...ids })
      count('StorageRefusals')
    }
    throw error
  }
}
