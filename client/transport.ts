import createClient, { type Client, type Middleware } from 'openapi-fetch'
import { ApiError, UnreachableError } from './errors.ts'
import type { paths } from './schema.ts'

/** A token, or where to get one. It is asked anew when the API refuses the one before. */
export type Token = string | (() => string | undefined | Promise<string | undefined>)

export type ClientOptions = {
  /** Where the API is: `ApiUrl` of the deployment, the console's address, or that of `npm start`. */
  url: string
  /** An access token. Absent: as on a laptop, where nobody has to sign in. */
  token?: Token
  /** Tries after the first where another may help and can do no harm. @default 3 */
  retries?: number
  /** Ms before the first of these; each after that waits twice as long. @default 300 */
  retryAfterMs?: number
  /** In place of the global one. */
  fetch?: (request: Request) => Promise<Response>
  /** Sent with each request, for instance `user-agent`. */
  headers?: Readonly<Record<string, string>>
}

/** The routes that take an `Idempotency-Key`, as the OpenAPI document has it. */
type Keyed = {
  [Path in keyof paths]: paths[Path] extends { post: { parameters: { header?: infer Headers } } }
    ? [NonNullable<Headers>] extends [never]
      ? never
      : Path
    : never
}[keyof paths]

/** TypeScript holds this against the document: no path may be missing, and none be too many. */
const keyed: Record<Keyed, true> = {
  '/v1/collections/{id}/run': true,
  '/v1/docks/{dockSn}/log-listings': true,
  '/v1/docks/{dockSn}/log-uploads': true,
  '/v1/docks/{dockSn}/log-uploads/{id}/retry': true,
}

const keyHeader = 'idempotency-key'

/** So that a start that is sent again starts nothing twice: the API keeps the key for a day. */
const withKeys: Middleware = {
  onRequest: ({ request, schemaPath }) => {
    if (request.method === 'POST' && Object.hasOwn(keyed, schemaPath) && !request.headers.has(keyHeader))
      request.headers.set(keyHeader, crypto.randomUUID())
    return request
  },
}

/** Addresses lose these parts, however they are written: https://url.spec.whatwg.org/#double-dot-path-segment */
const namesNothing = new Set<unknown>(['', '.', '..'])

const withNames: Middleware = {
  onRequest: ({ params }) => {
    const [lost] = Object.entries(params.path ?? {}).filter(([, value]) => namesNothing.has(value))
    if (lost) throw new ApiError(404, 'Nothing has this name', { detail: `${lost[0]} is "${lost[1]}"` })
  },
}

/** @throws UnreachableError when the answer breaks off */
const textOf = async (response: Response, request: Request): Promise<string> => {
  try {
    return await response.clone().text()
  } catch (error) {
    if (request.signal.aborted || !(error instanceof TypeError)) throw error
    throw new UnreachableError(`The answer of ${new URL(request.url).origin} broke off`, {
      detail: reasonOf(error),
    })
  }
}

const isRecord = (text: string): boolean => {
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null && !Array.isArray(body)
  } catch {
    return false
  }
}

/** All that the API answers is an object in JSON. A page of somebody else's, at a wrong address, is not. */
const withRecords: Middleware = {
  onResponse: async ({ request, response }) => {
    if (!response.ok) return
    const text = await textOf(response, request)
    if (text === '' || isRecord(text)) return
    throw new ApiError(response.status, `${new URL(request.url).origin} does not answer as the API does`, {
      detail: 'It answers something else than a record in JSON. Is this the address of the API?',
    })
  },
}

/**
 * Sending it again does what once does: by HTTP's word, by its key, or since a change names what is to be. What
 * makes a record only where there is none would find what it made itself.
 */
const mayRepeat = ({ method, headers }: Request): boolean =>
  method === 'PUT'
    ? !headers.has('if-none-match')
    : ['GET', 'HEAD', 'PATCH', 'DELETE'].includes(method) || headers.has(keyHeader)

const passing = new Set([500, 502, 503, 504])

/** A request that was throttled (429) was not looked at, whatever it is. */
const isWorthAnother = (request: Request, response: Response): boolean =>
  response.status === 429 || (passing.has(response.status) && mayRepeat(request))

const longestWaitMs = 20_000

/** https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3, in seconds; a date is not worth the trouble. */
const askedWaitMs = (response: Response | undefined): number => {
  const seconds = Number(response?.headers.get('retry-after') ?? 0)
  return Number.isFinite(seconds) ? Math.min(longestWaitMs, Math.max(0, seconds * 1000)) : 0
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    if (signal.aborted) return reject(signal.reason)
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal.addEventListener('abort', stop, { once: true })
  })

/** A proxy whose backend is away answers so; the API's own 503 is a problem document. */
const isAway = (response: Response): boolean =>
  (response.status === 502 || response.status === 504) &&
  !response.headers.get('content-type')?.includes('json')

const tokenFrom = async (token: Token | undefined): Promise<string | undefined> =>
  typeof token === 'function' ? token() : token

/** One try, with the token of the moment; a second one where there is another token than the one refused. */
const sendOnce = async (
  request: Request,
  { token, fetch: send = fetch }: ClientOptions,
): Promise<Response> => {
  const withToken = async (known: string | undefined) => {
    const one = request.clone()
    if (known !== undefined) one.headers.set('authorization', `Bearer ${known}`)
    return send(one)
  }
  const known = await tokenFrom(token)
  const response = await withToken(known)
  if (response.status !== 401 || typeof token !== 'function') return response
  const another = await tokenFrom(token)
  return another === undefined || another === known ? response : withToken(another)
}

/** `fetch` that tries again where that may help and can do no harm. @throws UnreachableError without an answer */
const patientFetch =
  (options: ClientOptions) =>
  async (request: Request): Promise<Response> => {
    const { retries = 3, retryAfterMs = 300 } = options
    for (let tried = 0; ; tried++) {
      let response: Response | undefined
      let lost: unknown
      try {
        response = await sendOnce(request, options)
      } catch (error) {
        // Somebody else's error, such as that of the token's source, is no loss of the network.
        if (request.signal.aborted || !(error instanceof TypeError)) throw error
        lost = error
      }
      const isLast = tried >= retries || !(response ? isWorthAnother(request, response) : mayRepeat(request))
      if (isLast && response && !isAway(response)) return response
      if (isLast)
        throw new UnreachableError(`No answer from ${new URL(request.url).origin}`, {
          detail: lost instanceof Error ? reasonOf(lost) : undefined,
        })
      const backoff = retryAfterMs * 2 ** tried * (0.5 + Math.random() / 2)
      await pause(Math.max(backoff, askedWaitMs(response)), request.signal)
    }
  }

/** `fetch failed` says nothing; its cause does. */
const reasonOf = ({ message, cause }: Error): string => (cause instanceof Error && cause.message) || message

/** @throws TypeError without an address, as from a variable that is not set */
const baseOf = ({ url }: Partial<ClientOptions>): string => {
  if (url === undefined || !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new TypeError('`url` has to be the address of the API, such as https://groundcrew.example.com')
  return url.replace(/\/+$/, '')
}

/** The HTTP API, typed by its OpenAPI document, with tokens, keys and retries. */
export const transportOf = (options: ClientOptions): Client<paths> => {
  const api = createClient<paths>({
    baseUrl: baseOf(options),
    fetch: patientFetch(options),
    ...(options.headers ? { headers: options.headers } : {}),
  })
  api.use(withNames, withKeys, withRecords)
  return api
}
export type Transport = ReturnType<typeof transportOf>
