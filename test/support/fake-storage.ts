import { once } from 'node:events'
import { createServer as createHttp, type RequestListener } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'

/**
 * A request as storage sees it. `lent`: signed with a key pair that has uploaded before; the backend's own
 * never does.
 */
export type Asked = { method: string; key: string; query: URLSearchParams; lent: boolean; lends: boolean }

/** How a request is refused; undefined: it is not; `silent`: it is done, and nobody hears of it. */
export type Refusal = { status: number; code?: string; message?: string; headers?: Record<string, string> }
export type Guard = (asked: Asked) => Refusal | 'silent' | undefined

export const denied = { status: 403, code: 'AccessDenied' }

/** Storage in order: what was lent uploads the probe, and nothing else. */
export const strict: Guard = ({ method, key, query, lent }) => {
  if (!lent) return undefined
  const uploads = ['PUT', 'POST'].includes(method) || query.has('uploadId')
  return uploads && /^groundcrew\/storage-check\/[^/]+\/probe\.tar$/.test(key) ? undefined : denied
}

const issued = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
  <AccessKeyId>LENT1</AccessKeyId><SecretAccessKey>lent-secret</SecretAccessKey><SessionToken>lent-token</SessionToken>
  <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`

/** The objects of one bucket, for requests that nothing refused: as much of S3 as one probe needs. */
const bucketAnswers =
  (objects: Map<string, string>) =>
  ({ method, key, query }: Asked, body: string): [status: number, body: string] => {
    const inParts = query.has('uploadId')
    if (query.has('uploads')) return [200, '<R><UploadId>upload-1</UploadId></R>']
    if (method === 'POST') objects.set(key, objects.get(`parts of ${key}`) ?? '')
    if (method === 'PUT') objects.set(inParts ? `parts of ${key}` : key, body)
    if (method === 'DELETE' && !inParts) objects.delete(key)
    if (method === 'DELETE') return [204, '']
    if (!['GET', 'HEAD'].includes(method) || inParts || key === '') return [200, '<R/>']
    const found = objects.get(key)
    return found === undefined ? [404, '<Error><Code>NoSuchKey</Code></Error>'] : [200, found]
  }

const refusalText = ({ code, message = '' }: Refusal, lends: boolean): string => {
  const error = `<Error><Code>${code}</Code><Message>${message}</Message></Error>`
  if (!code) return '<html>Hello</html>'
  return lends ? `<ErrorResponse>${error}</ErrorResponse>` : error
}

const storage = (guard: () => Guard, objects: Map<string, string>): RequestListener => {
  const answer = bucketAnswers(objects)
  const uploaders = new Set<string>()
  return async (request, response) => {
    const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://storage')
    const body = await text(request)
    const { method = '' } = request
    const [signer = ''] = (query.get('X-Amz-Credential') ?? '').split('/')
    if (method === 'PUT') uploaders.add(signer)
    const key = decodeURIComponent(pathname).split('/').slice(2).join('/')
    const asked = { method, key, query, lent: uploaders.has(signer), lends: body.includes('AssumeRole') }
    const refusal = guard()(asked)
    if (refusal === 'silent') {
      answer(asked, body)
      return
    }
    const [status, said] = refusal
      ? [refusal.status, refusalText(refusal, asked.lends)]
      : asked.lends
        ? [200, issued]
        : answer(asked, body)
    response.writeHead(status, {
      etag: '"1"',
      'content-length': String(Buffer.byteLength(said)),
      ...refusal?.headers,
    })
    response.end(method === 'HEAD' ? '' : said)
  }
}

/**
 * Object storage and, as MinIO has it, an STS at the same address. It checks no signature; what it refuses is
 * the test's to say, at any time. With a certificate it speaks TLS.
 */
export const fakeStorage = async (t: TestContext, tls?: { key: string; cert: string }) => {
  const state = { guard: strict }
  const objects = new Map<string, string>()
  const listener = storage(() => state.guard, objects)
  const server = tls ? createHttps(tls, listener) : createHttp(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  t.after(close)
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    /** Keys of what it holds. */
    keys: () => [...objects.keys()],
    /** Refuses from now on what this says, besides what `strict` does; `instead`: and nothing else. */
    refuse: (guard: Guard) => {
      state.guard = (asked) => guard(asked) ?? strict(asked)
    },
    instead: (guard: Guard) => {
      state.guard = guard
    },
    close,
  }
}
