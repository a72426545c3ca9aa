import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

export const lentCredentials = {
  accessKeyId: 'ASIASIMULATED',
  secretAccessKey: 'lent-secret',
  sessionToken: 'lent-token',
}

type Request = { path: string; query: URLSearchParams; body: Buffer }
type Parts = Map<number, Buffer>

/** `hold` is told of everything stored (`put`, `part 1`) and waited for before the client hears of it. */
type StoreOptions = { hold?: (what: string) => Promise<void> | void }

const receive = async (message: IncomingMessage): Promise<Request> => {
  const url = new URL(message.url ?? '/', 'http://127.0.0.1')
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk)
  return { path: decodeURIComponent(url.pathname), query: url.searchParams, body: Buffer.concat(chunks) }
}

const isLent = ({ headers }: IncomingMessage): boolean =>
  (headers.authorization ?? '').includes(`Credential=${lentCredentials.accessKeyId}/`) &&
  headers['x-amz-security-token'] === lentCredentials.sessionToken

/**
 * Object storage in memory, as far as an upload needs it: one PUT, or parts. It keeps paths as they were
 * asked for (`/bucket/key`) and serves only the lent key id and session token; it checks no signature.
 */
export const startObjectStore = async ({ hold }: StoreOptions = {}) => {
  const objects = new Map<string, Buffer>()
  const uploads = new Map<string, Parts>()
  const log: string[] = []

  const putPart = async ({ query, body }: Request): Promise<string> => {
    const partNumber = Number(query.get('partNumber'))
    uploads.get(query.get('uploadId') ?? '')?.set(partNumber, body)
    log.push(`part ${partNumber}`)
    await hold?.(`part ${partNumber}`)
    return createHash('md5').update(body).digest('hex')
  }
  const create = (): string => {
    const id = `upload-${uploads.size + 1}`
    uploads.set(id, new Map())
    log.push('create')
    return `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`
  }
  const complete = ({ path, query }: Request): string => {
    const parts = [...(uploads.get(query.get('uploadId') ?? '') ?? [])].toSorted(([a], [b]) => a - b)
    objects.set(path, Buffer.concat(parts.map(([, bytes]) => bytes)))
    uploads.delete(query.get('uploadId') ?? '')
    log.push('complete')
    return '<CompleteMultipartUploadResult><ETag>"parts"</ETag></CompleteMultipartUploadResult>'
  }
  const abort = ({ query }: Request): void => {
    uploads.delete(query.get('uploadId') ?? '')
    log.push('abort')
  }
  const answer = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = await receive(message)
    if (!isLent(message)) {
      response.writeHead(403).end('<Error><Code>InvalidToken</Code></Error>')
    } else if (message.method === 'POST') {
      response.end(request.query.has('uploads') ? create() : complete(request))
    } else if (message.method === 'DELETE') {
      abort(request)
      response.writeHead(204).end()
    } else if (request.query.has('partNumber')) {
      response.setHeader('etag', `"${await putPart(request)}"`).end()
    } else {
      objects.set(request.path, request.body)
      log.push('put')
      await hold?.('put')
      response.setHeader('etag', '"whole"').end()
    }
  }

  const server = createServer((message, response) => {
    answer(message, response).catch((error: unknown) => response.destroy(new Error(String(error))))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    endpoint: `http://127.0.0.1:${port}`,
    objects,
    unfinished: uploads,
    log,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
