import { formatUrl } from '@aws-sdk/util-format-url'
import * as z from 'zod/mini'
import type { Presign, Unsigned } from '../archives/presigned-requests.ts'
import type { Symptom } from './causes.ts'

/** A response of storage; `text` is the beginning of its body. */
export type Answer = Symptom & { status: number; request: string; etag: string | undefined; text: string }

/**
 * Whether the request succeeded. S3 may send status 200 before it knows the outcome, and an error in the body
 * (API reference, CompleteMultipartUpload).
 */
export const isDone = ({ status, code }: Answer): boolean =>
  status >= 200 && status < 300 && code === undefined

/** The most characters that are read of a body, which may be anything if the server is not storage. */
const longestText = 16_384

/**
 * The word in an XML element. Only a single word, because a foreign server could put anything into our
 * response.
 */
const wordIn = (text: string, element: string): string | undefined =>
  new RegExp(`<${element}>([\\w.-]{1,100})</${element}>`).exec(text)?.[1]

/** A server's message in one line, shortened, and without anything that looks like a key or a signature. */
const wordsOf = (text: string): string | undefined => {
  const words = text
    .slice(0, 2_000)
    .toWellFormed()
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .replace(/[A-Za-z0-9+/_=-]{24,}/g, '…')
    .trim()
  return words === '' ? undefined : words.slice(0, 200)
}

/**
 * The missing permission and its resource, from the error message of AWS.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
const rightIn = (text: string): string | undefined =>
  /not authorized to perform: ([a-z0-9-]+:\w+(?: on resource: [\w:/.+=,@*-]+)?)/.exec(text)?.[1]

const readText = async (response: Response): Promise<string> => {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > longestText) break
  }
  return text
}

/**
 * Sends one request without retries and without following redirects, so that the result is what a dock would
 * see.
 * @throws the error of `fetch` if there is no response
 */
export const send = async (
  request: string,
  url: string,
  { method, body, signal }: { method: Unsigned['method']; body?: string; signal: AbortSignal },
): Promise<Answer> => {
  const response = await fetch(url, { method, signal, redirect: 'manual', ...(body ? { body } : {}) })
  const text = await readText(response)
  const date = Date.parse(response.headers.get('date') ?? '')
  return {
    request,
    text,
    status: response.status,
    code: wordIn(text, 'Code'),
    message: wordsOf(/<Message>([^<]*)<\/Message>/.exec(text)?.[1] ?? ''),
    missingRight: rightIn(text),
    clockAheadMs: Number.isNaN(date) ? undefined : Date.now() - date,
    etag: response.headers.get('etag') ?? undefined,
  }
}

/**
 * The requests of a dock, signed with lent credentials. The signature is in the query instead of a header,
 * which makes no difference here.
 */
export const requestsAs = (presign: Presign, signal: AbortSignal) => {
  const ask = async (
    request: string,
    {
      method,
      key,
      query = {},
      body,
    }: Pick<Unsigned, 'method' | 'key'> & { query?: Unsigned['query']; body?: string },
  ): Promise<Answer> => {
    // As long as a signature in a header is valid.
    const signed = await presign({ method, key, query, lifetimeSeconds: 900 })
    return send(request, formatUrl(signed), { method, signal, ...(body ? { body } : {}) })
  }
  return {
    put: (key: string, body: string) => ask('put', { method: 'PUT', key, body }),
    get: (key: string) => ask('get', { method: 'GET', key }),
    remove: (key: string) => ask('delete', { method: 'DELETE', key }),
    list: () => ask('list', { method: 'GET', key: '', query: { 'list-type': '2', 'max-keys': '1' } }),
    create: async (key: string) => {
      const answer = await ask('create', { method: 'POST', key, query: { uploads: '' } })
      return { ...answer, uploadId: /<UploadId>([^<\s]+)<\/UploadId>/.exec(answer.text)?.[1] }
    },
    putPart: (key: string, uploadId: string, body: string) =>
      ask('putPart', { method: 'PUT', key, query: { partNumber: '1', uploadId }, body }),
    listParts: (key: string, uploadId: string) =>
      ask('listParts', { method: 'GET', key, query: { uploadId } }),
    complete: (key: string, uploadId: string, etag: string) =>
      ask('complete', {
        method: 'POST',
        key,
        query: { uploadId },
        body: `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${etag}</ETag></Part></CompleteMultipartUpload>`,
      }),
    abort: (key: string, uploadId: string) => ask('abort', { method: 'DELETE', key, query: { uploadId } }),
  }
}
export type Requests = ReturnType<typeof requestsAs>

const Fault = z.object({
  name: z.optional(z.string()),
  message: z.optional(z.string()),
  code: z.optional(z.union([z.string(), z.number()])),
  status: z.optional(z.number()),
  cause: z.optional(z.unknown()),
  $metadata: z.optional(z.object({ httpStatusCode: z.optional(z.number()) })),
})

/** Whether a service responded with this error. Messages of other errors may repeat what was sent. */
const isServersOwn = ({ $metadata }: z.infer<typeof Fault>): boolean =>
  $metadata?.httpStatusCode !== undefined

/** Reads code, status and message of an error. */
export const symptomOf = (error: unknown, request?: string): Symptom => {
  const fault = Fault.safeParse(error).data ?? {}
  // `fetch` puts the actual error into the cause of a TypeError.
  if (fault.cause !== undefined && fault.code === undefined) return symptomOf(fault.cause, request)
  const code = typeof fault.code === 'string' ? fault.code : fault.name
  return {
    ...(request ? { request } : {}),
    code: code && /^[\w.-]{1,100}$/.test(code) ? code : undefined,
    status: fault.$metadata?.httpStatusCode ?? fault.status,
    ...(isServersOwn(fault) ? { message: wordsOf(fault.message ?? '') } : {}),
    missingRight: rightIn(fault.message ?? ''),
  }
}
