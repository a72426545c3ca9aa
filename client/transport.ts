import createClient, { type Client, type Middleware } from 'openapi-fetch'
import { ApiError, UnreachableError } from './errors.ts'
import type { paths } from './schema.ts'

/** A token, or a function that returns one. It is called again when the API refuses the previous token. */
export type Token = string | (() => string | undefined | Promise<string | undefined>)

export type ClientOptions = {
  /** The API's address: `ApiUrl` of the deployment, the console's address, or that of `npm start`. */
  url: string
  /** An access token. Absent: no sign-in, as on a laptop. */
  token?: Token
  /** The most retries, of requests for which a retry may help and does no harm. @default 3 */
  retries?: number
  /** Milliseconds before the first retry; doubled for each further one. @default 300 */
  retryAfterMs?: number
  /** Replaces the global `fetch`. */
  fetch?: (request: Request) => Promise<Response>
  /** Headers for each request, for instance `user-agent`. */
  headers?: Readonly<Record<string, string>>
}

/** The routes with an `Idempotency-Key`, from the OpenAPI document. */
type Keyed = {
  [Path in keyof paths]: paths[Path] extends { post: { parameters: { header?: infer Headers } } }
    ? [NonNullable<Headers>] extends [never]
      ? never
      : Path
    : never
}[keyof paths]

/** TypeScript checks this against the document: no path may be missing or superfluous. */
const keyed: Record<Keyed, true> = {
  '/v1/collections/{id}/run': true,
  '/v1/docks/{dockSn}/log-listings': true,
  '/v1/docks/{dockSn}/log-uploads': true,
  '/v1/docks/{dockSn}/log-uploads/{id}/retry': true,
}

const keyHeader = 'idempotency-key'

/** Adds idempotency keys, so that a repeated start starts nothing twice: the API keeps a key for a day. */
const withKeys: Middleware = {
  onRequest: ({ request, schemaPath }) => {
    if (request.method === 'POST' && Object.hasOwn(keyed, schemaPath) && !request.headers.has(keyHeader))
      request.headers.set(keyHeader, crypto.randomUUID())
    return request
  },
}

/**
 * URLs drop these segments, however they are escaped: https://url.spec.whatwg.org/#double-dot-path-segment
 */
const namesNothing = new Set<unknown>(['', '.', '..'])

const withNames: Middleware = {
  onRequest: ({ params }) => {
    const [lost] = Object.entries(params.path ?? {}).filter(([, value]) => namesNothing.has(value))
    if (lost) throw new ApiError(404, 'Nothing has this name', { detail: `${lost[0]} is "${lost[1]}"` })
  },
}

/** @throws UnreachableError if the answer breaks off */
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

/** Every answer of the API is a JSON object. A page at a wrong address is not. */
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
 * Whether a repeat has the same effect as one request: by its HTTP method, by its key, or because a change
 * names the new values. A creation with `If-None-Match` would find its own record.
 */
const mayRepeat = ({ method, headers }: Request): boolean =>
  method === 'PUT'
    ? !headers.has('if-none-match')
    : ['GET', 'HEAD', 'PATCH', 'DELETE'].includes(method) || headers.has(keyHeader)

const transientStatuses = new Set([500, 502, 503, 504])

/** A throttled request (429) was not processed, whatever it is. */
const isWorthAnother = (request: Request, response: Response): boolean =>
  response.status === 429 || (transientStatuses.has(response.status) && mayRepeat(request))

const longestWaitMs = 20_000

/** https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3, in seconds; dates are not supported. */
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

/** The answer of a proxy whose backend is down; the API's own 503 is a problem document. */
const isAway = (response: Response): boolean =>
  (response.status === 502 || response.status === 504) &&
  !response.headers.get('content-type')?.includes('json')

const tokenFrom = async (token: Token | undefined): Promise<string | undefined> =>
  typeof token === 'function' ? token() : token

/** One try, with the current token; a second one if there is another token than the refused one. */
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

/** `fetch` with retries where they may help and do no harm. @throws UnreachableError without an answer */
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
        // Other errors, such as those of the token's source, are no network failure.
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

/** The cause of `fetch failed`, which itself says nothing. */
const reasonOf = ({ message, cause }: Error): string => (cause instanceof Error && cause.message) || message

/** @throws TypeError without an address, as from an unset variable */
const baseOf = ({ url }: Partial<ClientOptions>): string => {
  if (url === undefined || !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new TypeError('`url` has to be the address of the API, such as https://groundcrew.example.com')
  return url.replace(/\/+$/, '')
}

/** The HTTP API, typed by its OpenAPI document, with tokens, idempotency keys and retries. */
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
