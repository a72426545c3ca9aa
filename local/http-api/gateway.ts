import type { IncomingMessage, ServerResponse } from 'node:http'
import type { JWTVerifyGetKey } from 'jose'
import type { Clock } from '../clock.ts'
import { authorizeToken, type Caller, type Refusal, tokenOf } from './authorizer.ts'
import type { Authorizer, HttpApi, Route } from './definition.ts'
import { type RequestParts, requestEvent } from './event.ts'
import { type GatewayAnswer, sendFunctionResponse, sendGatewayAnswer } from './response.ts'
import { decodePath, findRoute } from './routing.ts'
import { createThrottle } from './throttle.ts'

/** The scopes of the local operator: every permission. */
const operatorScopes = ['read', 'operate', 'download', 'admin', 'ingest'].map((name) => `groundcrew/${name}`)
const localOperator: Caller = {
  outcome: 'allowed',
  claims: { sub: 'local-operator', scope: operatorScopes.join(' ') },
  scopes: null,
}

const maximumBodyBytes = 10 * 1024 * 1024

type Options = {
  api: HttpApi
  keys: JWTVerifyGetKey
  clock: Clock
  /** Whether a request without a token is refused, as in AWS, or acts as the local operator. */
  requireToken: boolean
  /** Invokes a route's function. @throws if it fails, or if its permissions do not let the API in. */
  invoke: (route: Route, event: unknown) => Promise<unknown>
}

const readBody = async (request: IncomingMessage): Promise<Buffer | 'tooLarge'> => {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes <= maximumBodyBytes) chunks.push(chunk)
  }
  return bytes > maximumBodyBytes ? 'tooLarge' : Buffer.concat(chunks)
}

const timedOut = Symbol('timed out')

/**
 * The `WWW-Authenticate` header for a rejected token; the wording of the description is ours.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-jwt.html
 */
const challenge = ({ outcome, description }: Refusal): Record<string, string> => ({
  'www-authenticate': `Bearer scope="" error="${outcome === 'forbidden' ? 'insufficient_scope' : 'invalid_token'}" error_description="${description.replaceAll('"', "'")}"`,
})

/** Serves the HTTP API that the template declares, with API Gateway's limits and its own error bodies. */
export const createGateway = ({ api, keys, clock, requireToken, invoke }: Options) => {
  const admit = api.throttle ? createThrottle(api.throttle, clock.now) : () => true

  const identify = (
    request: IncomingMessage,
    authorizer: Authorizer,
  ): Caller | Refusal | Promise<Caller | Refusal> => {
    const token = tokenOf(request)
    if (token !== undefined) return authorizeToken(token, authorizer, keys, clock.now())
    return requireToken ? { outcome: 'unauthorized', description: 'no token' } : localOperator
  }

  const run = async (parts: RequestParts, response: ServerResponse): Promise<void> => {
    const event = requestEvent(parts)
    const limit = Promise.withResolvers<typeof timedOut>()
    const timer = setTimeout(() => limit.resolve(timedOut), parts.route.timeoutMs)
    try {
      const returned = await Promise.race([invoke(parts.route, event), limit.promise])
      if (returned === timedOut) sendGatewayAnswer(response, 'unavailable')
      else sendFunctionResponse(response, returned, event.requestContext.requestId)
    } catch {
      sendGatewayAnswer(response, 'failed')
    } finally {
      clearTimeout(timer)
    }
  }

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const refuse = (answer: GatewayAnswer, headers?: Record<string, string>): void => {
      request.resume()
      sendGatewayAnswer(response, answer, headers)
    }
    const path = decodePath(request.url ?? '/')
    const found = path === undefined ? undefined : findRoute(api.routes, request.method ?? 'GET', path)
    if (path === undefined || !found) return refuse('notFound')
    if (!admit()) return refuse('tooMany')
    const { route, parameters } = found
    const caller = route.authorizer ? await identify(request, route.authorizer) : undefined
    if (caller && caller.outcome !== 'allowed') return refuse(caller.outcome, challenge(caller))
    const body = await readBody(request)
    if (body === 'tooLarge') return refuse('tooLarge')
    await run({ api, route, request, path, body, parameters, caller, now: clock.now() }, response)
  }
}
