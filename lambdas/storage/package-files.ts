import { Readable } from 'node:stream'
import { formatUrl } from '@aws-sdk/util-format-url'
import * as z from 'zod/mini'
import { presigning, sums } from '#archives'
import { TimedHandler } from '../runtime/aws-client.ts'
import { type Env, env as names, required } from '../runtime/env.ts'
import {
  loggingRefusals,
  ofVersion,
  type Presign,
  StorageRefused,
  type Unsigned,
} from './archives/presigned-requests.ts'
import { abortRequest, beginRequest, completeRequest, listPartsRequest, type Part } from './parts.ts'

/** The object under a key; `sha256` in hex, if storage knows it for the whole object. */
export type StoredFile = { size: number; etag: string; version?: string; sha256?: string }

/** What a file, or a part of one, must be; hashes in hex. */
export type Expected = { size: number; sha256: string; md5?: string | undefined }

/** A presigned upload request, to be sent with these headers. */
export type UploadLink = { url: string; headers: Record<string, string> }

type Uploading = { key: string; uploadId: string }

/** Longer timeouts, because transferring a package and completing its upload may take long. */
const http = new TimedHandler({ requestTimeout: 15_000, socketTimeout: 15_000 })

const enoughToSend = 60

const ObjectHeaders = z.object({
  'content-length': z.coerce.number(),
  etag: z.string(),
  'x-amz-version-id': z.optional(z.string()),
  'x-oss-version-id': z.optional(z.string()),
  'x-amz-checksum-sha256': z.optional(z.string()),
  'x-amz-checksum-type': z.optional(z.string()),
})

const storedFile = (headers: unknown): StoredFile => {
  const object = ObjectHeaders.parse(headers)
  const version = object['x-amz-version-id'] ?? object['x-oss-version-id']
  const sum = object['x-amz-checksum-sha256']
  // For an object that was uploaded in parts it is the hash of their hashes, with their number at the end.
  const isOfAll = sum !== undefined && !sum.includes('-') && object['x-amz-checksum-type'] !== 'COMPOSITE'
  return {
    size: object['content-length'],
    etag: object.etag.replaceAll('"', ''),
    // `null` is the only version in storage without versioning.
    ...(version === undefined || version === 'null' ? {} : { version }),
    ...(isOfAll ? { sha256: Buffer.from(sum, 'base64').toString('hex') } : {}),
  }
}

/** Whether storage checks parts against their SHA-256. */
const hasSums = Object.keys(sums.begin).length > 0

/** Signed headers against which storage checks the upload. */
const checkedHeaders = ({ size, sha256, md5 }: Expected): Record<string, string> => ({
  ...sums.demand(sha256),
  ...(md5 === undefined ? {} : { 'content-md5': Buffer.from(md5, 'hex').toString('base64') }),
  'content-length': String(size),
})

/** Sends one request with the backend's own credentials. Throws on 403, which means a wrong configuration. */
const send = async (
  presign: Presign,
  {
    body,
    ...unsigned
  }: Omit<Unsigned, 'lifetimeSeconds' | 'query'> & {
    query?: Unsigned['query']
    body?: string
  },
) => {
  const request = await presign({ query: {}, ...unsigned, lifetimeSeconds: enoughToSend })
  if (body !== undefined) {
    request.body = body
    request.headers = { ...request.headers, 'content-length': String(Buffer.byteLength(body)) }
  }
  const { response } = await http.handle(request)
  if (response.statusCode !== 403) return response
  if (response.body instanceof Readable) response.body.resume()
  throw new StorageRefused(unsigned.method, response.statusCode)
}

const textOf = async (body: unknown): Promise<string> => {
  if (!(body instanceof Readable)) return ''
  const pieces: Buffer[] = []
  for await (const piece of body) pieces.push(Buffer.from(piece))
  return Buffer.concat(pieces).toString()
}

/** Package files in storage. Every call may be repeated; `begin` starts another upload each time. */
export const packageFiles = (env: Env) => {
  const withPresign = presigning(env, required(env, names.packageBucket)[names.packageBucket])
  const withOwnKeys = <Answer>(objectKey: string, use: (presign: Presign) => Promise<Answer>) =>
    loggingRefusals({ objectKey }, withPresign(use))
  /** Sends a request about a multipart upload; undefined: storage does not know the upload. */
  const requestText = (key: string, request: Parameters<typeof send>[1]) =>
    withOwnKeys(key, async (presign) => {
      const { statusCode, body } = await send(presign, request)
      const text = await textOf(body)
      if (statusCode === 404) return undefined
      // S3 may send status 200 before it knows the outcome (API reference, CompleteMultipartUpload).
      if (statusCode >= 300 || text.includes('<Error>')) throw new StorageRefused(request.method, statusCode)
      return text
    })
  const linkTo = (unsigned: Omit<Unsigned, 'query'> & { query?: Unsigned['query'] }): Promise<string> =>
    withPresign(async (presign) => formatUrl(await presign({ query: {}, ...unsigned })))
  const uploadLink = async (
    key: string,
    query: Record<string, string>,
    expected: Expected,
    lifetimeSeconds: number,
  ): Promise<UploadLink> => {
    const headers = checkedHeaders(expected)
    const url = await linkTo({ method: 'PUT', key, query, headers, lifetimeSeconds })
    // Every client sends the length by itself, and browsers do not let pages set it.
    const { 'content-length': _length, ...toSend } = headers
    return { url, headers: toSend }
  }

  return {
    /** The object under the key; undefined: there is none. */
    find: (key: string, version?: string): Promise<StoredFile | undefined> =>
      withOwnKeys(key, async (presign) => {
        const query = ofVersion(version)
        const { statusCode, headers } = await send(presign, { method: 'HEAD', key, query, headers: sums.ask })
        if (statusCode === 404) return undefined
        if (statusCode !== 200) throw new StorageRefused('HEAD', statusCode)
        return storedFile(headers)
      }),

    /** The object and its bytes, which must be read to the end or destroyed. */
    open: (key: string): Promise<{ stored: StoredFile; bytes: Readable } | undefined> =>
      withOwnKeys(key, async (presign) => {
        const { statusCode, headers, body } = await send(presign, { method: 'GET', key })
        if (statusCode === 200 && body instanceof Readable)
          return { stored: storedFile(headers), bytes: body }
        if (body instanceof Readable) body.resume()
        if (statusCode === 404) return undefined
        throw new StorageRefused('GET', statusCode)
      }),

    /** A download link to the file, or to a version of it, that needs no headers. */
    link: (key: string, lifetimeSeconds: number, version?: string): Promise<string> =>
      linkTo({ method: 'GET', key, query: ofVersion(version), lifetimeSeconds }),

    /** A link to upload the whole file in one request. */
    uploadLink: (key: string, expected: Expected, lifetimeSeconds: number): Promise<UploadLink> =>
      uploadLink(key, {}, expected, lifetimeSeconds),

    /** A link to upload one part. */
    partLink: ({ key, uploadId }: Uploading, number: number, expected: Expected, lifetimeSeconds: number) =>
      uploadLink(key, { partNumber: String(number), uploadId }, expected, lifetimeSeconds),

    /** Starts a multipart upload; resolves to its id in storage. */
    begin: async (key: string): Promise<string> => {
      const { request, read } = beginRequest(key, sums.begin)
      return read((await requestText(key, request)) ?? '')
    },

    /** The parts that were uploaded; undefined: storage does not know the upload. */
    parts: async ({ key, uploadId }: Uploading): Promise<Part[] | undefined> => {
      const found: Part[] = []
      for (let after: number | undefined = 0; after !== undefined; ) {
        const { request, read } = listPartsRequest(key, uploadId, after)
        const text = await requestText(key, request)
        if (text === undefined) return undefined
        const { parts, next } = read(text)
        found.push(...parts)
        after = next
      }
      return found
    },

    /**
     * Completes a multipart upload, with the hash of each part; false: storage does not know the upload (any
     * more).
     */
    complete: async (
      { key, uploadId }: Uploading,
      parts: readonly (Part & { sha256: string })[],
    ): Promise<boolean> => {
      const listed = parts.map(({ sha256, ...part }) => (hasSums ? { ...part, sha256 } : part))
      return (await requestText(key, completeRequest(key, uploadId, listed))) !== undefined
    },

    abort: async ({ key, uploadId }: Uploading): Promise<void> => {
      await requestText(key, abortRequest(key, uploadId))
    },

    /** Deletes the file; with `version`, deletes that version permanently. */
    remove: async (key: string, version?: string): Promise<void> => {
      await requestText(key, { method: 'DELETE', key, query: ofVersion(version) })
    },
  }
}
export type PackageFiles = ReturnType<typeof packageFiles>
