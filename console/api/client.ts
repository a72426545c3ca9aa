import createClient, { type Middleware } from 'openapi-fetch'
import { noteLoss } from './connection.ts'
import { noteAnswer } from './pace.ts'
import { ApiError, problemOf } from './problem.ts'
import type { paths } from './schema.ts'

/** The access token of whoever is signed in; none for the local operator. */
let tokenOf: () => string | undefined = () => undefined
let onUnauthorized: () => void = () => {}

/** Says whose token goes with every request, and what happens when the API no longer takes it. */
export const identifyWith = (token: typeof tokenOf, unauthorized: typeof onUnauthorized): void => {
  tokenOf = token
  onUnauthorized = unauthorized
}

/** Gateway answers of a proxy whose backend is away; the API's own 503 is a problem document. */
const isAway = (response: Response): boolean =>
  (response.status === 502 || response.status === 504) &&
  !response.headers.get('content-type')?.includes('json')

const overTheNetwork = async (request: Request): Promise<Response> => {
  const response = await fetch(request).catch((error: unknown) => {
    if (request.signal.aborted) throw error
    noteLoss()
    throw new ApiError(0, 'The backend cannot be reached')
  })
  if (isAway(response)) {
    noteLoss()
    throw new ApiError(0, 'The backend cannot be reached')
  }
  return response
}

const identity: Middleware = {
  onRequest: ({ request }) => {
    const token = tokenOf()
    if (token !== undefined) request.headers.set('authorization', `Bearer ${token}`)
    return request
  },
  onResponse: async ({ request, response }) => {
    if (response.status === 401) onUnauthorized()
    if (request.method !== 'GET' || !response.ok) return
    const { pathname, search } = new URL(request.url)
    const length = Number(response.headers.get('content-length') ?? 0)
    const bytes = length || (await response.clone().arrayBuffer()).byteLength
    noteAnswer(`${pathname}${search}`, response.headers.get('etag'), bytes)
  },
}

/** The HTTP API, typed by its OpenAPI document. Rejects with an `ApiError` when it cannot be reached. */
export const api = createClient<paths>({ baseUrl: location.origin, fetch: overTheNetwork })
api.use(identity)

/** The body of an answer that succeeded. @throws ApiError for any other */
export const must = async <Body>(
  answering: Promise<{ data?: Body; error?: unknown; response: Response }>,
): Promise<Body> => {
  const { data, error, response } = await answering
  if (!response.ok || data === undefined) throw problemOf(response.status, error)
  return data
}

/** The same for an answer without a body. */
export const mustDo = async (answering: Promise<{ error?: unknown; response: Response }>): Promise<void> => {
  const { error, response } = await answering
  if (!response.ok) throw problemOf(response.status, error)
}
