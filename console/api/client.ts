import createClient, { type Middleware } from 'openapi-fetch'
import { answersWith } from '../../client/answers.ts'
import { ApiError, problemOf } from '../../client/errors.ts'
import type { paths } from '../../client/schema.ts'
import { noteLoss } from './connection.ts'
import { noteAnswer } from './pace.ts'

/** The access token of the signed-in user; none for the local operator. */
let tokenOf: () => string | undefined = () => undefined
let onUnauthorized: () => void = () => {}

/** Sets the token source for every request, and the reaction to a refused token. */
export const identifyWith = (token: typeof tokenOf, unauthorized: typeof onUnauthorized): void => {
  tokenOf = token
  onUnauthorized = unauthorized
}

/** The current token of the signed-in user. */
export const tokenNow = (): string | undefined => tokenOf()

/** Gateway answers of a proxy whose backend is down; the API's own 503 is a problem document. */
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

export const { must, mustDo } = answersWith(problemOf)
