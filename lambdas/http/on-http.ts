import { createHash } from 'node:crypto'
import type {
  APIGatewayProxyEventV2WithJWTAuthorizer as HttpEvent,
  APIGatewayProxyStructuredResultV2 as HttpResult,
} from 'aws-lambda'
import type * as z from 'zod/mini'
import type { Env } from '../runtime/env.ts'
import { errorFields } from '../runtime/error-fields.ts'
import { log } from '../runtime/log.ts'
import { counting } from '../runtime/telemetry.ts'
import { type Invocation, inTime, invocationId } from '../runtime/time-left.ts'
import type { Fleets } from '../table/fleets.ts'
import { BadCursor } from '../table/pages.ts'
import { type Caller, callerOf, fleetsWith, isAccessToken } from './caller.ts'
import type { Idempotency } from './idempotency.ts'
import { read } from './read-input.ts'
import { type HttpReply, problem, withInstance } from './reply.ts'
import type { Route } from './route.ts'

/**
 * Routes an HTTP request to its handler and turns the outcome into a response. Permissions, input and
 * failures are handled only here: a handler gets parsed input, the caller, and the fleets in which the caller
 * may do this.
 */

export type Request<Of extends Route> = {
  params: z.output<Of['params']>
  query: z.output<Of['query']>
  body: Of extends { body: infer Body extends z.core.$ZodType } ? z.output<Body> : undefined
  caller: Caller
  fleets: Fleets
  idempotency: Idempotency | undefined
  /** `If-None-Match: *`: an existing record must not be changed. */
  onlyIfNew: boolean
}

type Handler<Of extends Route> = (request: Request<Of>) => Promise<HttpReply>

type Routes = Readonly<Record<string, Route>>

/** Handlers of some routes of a room. */
export type Handlers<All extends Routes, Name extends keyof All> = { [N in Name]: Handler<All[N]> }

/**
 * The Lambda handler of a function that serves those of `routes` for which `wire` returns handlers. Pass the
 * routes of the rooms that it serves rather than all, which would be in every bundle. `wire` runs once, on the
 * first request.
 */
export const onHttp = <All extends Routes, Name extends keyof All & string>(
  routes: All,
  wire: (env: Env) => Handlers<All, Name>,
) => {
  let handlers: Handlers<All, Name> | undefined
  const serve = async (event: HttpEvent): Promise<HttpResult> => {
    try {
      handlers ??= wire(process.env)
      return respond(event, await answer(event, routes, handlers))
    } catch (error) {
      return respond(event, replyToError(event, error))
    }
  }
  return (event: HttpEvent, invocation?: Invocation): Promise<HttpResult> =>
    inTime(invocation, () => counting(() => serve(event)))
}

/**
 * The largest request body, in bytes. The largest one in practice is a page of a campaign's devices, one
 * device to a line: 69,000 bytes.
 */
const maxBodyBytes = 128 * 1024

/**
 * The most fleets that a token may name for one permission: the limit of DynamoDB's `IN`.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
 */
const maxFleets = 100

const answer = async <All extends Routes, Name extends keyof All & string>(
  event: HttpEvent,
  routes: All,
  handlers: Handlers<All, Name>,
): Promise<HttpReply> => {
  const names = Object.keys(handlers) as Name[]
  const name = names.find((known) => routes[known] && routeKey(routes[known]) === event.routeKey)
  const route = name && routes[name]
  if (!route) return problem('not-found', `There is no ${event.routeKey}.`)
  const access = accessTo(route, event)
  if ('status' in access) return access
  const raw = bodyOf(event)
  if (raw.length > maxBodyBytes)
    return problem('body-too-large', `A body may have at most ${maxBodyBytes} bytes.`)
  const input = read(route, event, raw.toString())
  if (!input.ok) return input.problem
  const idempotency = idempotencyOf(route, event, access.caller, raw)
  if (idempotency === 'unusable')
    return problem('invalid-request', 'An Idempotency-Key has 1 to 200 printable characters.')
  const conditions = conditionsOf(route, event)
  if ('status' in conditions) return conditions
  // The input was parsed by this route's own schemas, which the type system cannot see.
  return handlers[name]({ ...input.value, ...access, ...conditions, idempotency } as Request<All[Name]>)
}

/** The caller, and the fleets in which the caller may use the route. */
const accessTo = (route: Route, event: HttpEvent): { caller: Caller; fleets: Fleets } | HttpReply => {
  const { claims } = event.requestContext.authorizer.jwt
  if (!isAccessToken(claims))
    return problem(
      'not-an-access-token',
      'Send the access token. An ID token only tells a client who has signed in.',
    )
  const caller = callerOf(claims, process.env)
  const fleets = fleetsWith(caller, route.permission)
  if (!fleets) return problem('not-permitted', `This needs the permission ${route.permission}.`)
  if (fleets !== 'all' && fleets.length > maxFleets)
    return problem('too-many-fleets', `A token may name at most ${maxFleets} fleets for a permission.`)
  return { caller, fleets }
}

/**
 * The conditions of a change. Unsupported ones are refused: the caller would take an ignored condition for
 * one that holds (RFC 9110, section 13.2.1).
 */
const conditionsOf = (
  { method, makes }: Route,
  { headers }: HttpEvent,
): { onlyIfNew: boolean } | HttpReply => {
  if (method === 'GET') return { onlyIfNew: false }
  if (headers['if-match'] !== undefined)
    return problem('invalid-request', 'Leave If-Match out: conditional changes are not supported.')
  const given = headers['if-none-match']
  if (given !== undefined && !(makes && given.trim() === '*'))
    return problem(
      'invalid-request',
      makes ? 'If-None-Match must be * or left out.' : 'Leave If-None-Match out.',
    )
  return { onlyIfNew: given !== undefined }
}

export const routeKey = ({ method, path }: Pick<Route, 'method' | 'path'>): string => `${method} ${path}`

const bodyOf = ({ body = '', isBase64Encoded }: HttpEvent): Buffer =>
  Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8')

const idempotencyOf = (
  route: Route,
  event: HttpEvent,
  caller: Caller,
  body: Buffer,
): Idempotency | undefined | 'unusable' => {
  const key = event.headers['idempotency-key']
  if (!route.idempotent || key === undefined) return undefined
  if (!/^[\x21-\x7e]{1,200}$/.test(key)) return 'unusable'
  const requestHash = createHash('sha256')
    .update(`${routeKey(route)} ${event.rawPath}\n`)
    .update(body)
    .digest('hex')
  return { callerId: caller.id, key, requestHash }
}

const respond = (event: HttpEvent, outcome: HttpReply): HttpResult => {
  const { status, body, headers = {} } = withInstance(outcome, invocationId())
  if (body === undefined) return { statusCode: status, headers }
  const text = JSON.stringify(body)
  const reading =
    event.requestContext.http.method === 'GET' && status === 200 && headers['cache-control'] !== 'no-store'
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`
  const common = {
    'content-type': 'application/json',
    ...(reading ? { 'cache-control': 'private, no-cache', etag } : {}),
    ...headers,
  }
  if (reading && matches(event.headers['if-none-match'], etag)) return { statusCode: 304, headers: common }
  const result = { statusCode: status, headers: common, body: text }
  return isTooLarge(result) ? respond(event, tooLarge()) : result
}

/**
 * The largest response of a function, in bytes, with the JSON of the body as a string in JSON.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const maxResponseBytes = 6 * 1024 * 1024

/** A character takes at most six bytes there, so that only a body of more than a megabyte has to be counted. */
const isTooLarge = (result: { body: string }): boolean =>
  result.body.length > maxResponseBytes / 6 && Buffer.byteLength(JSON.stringify(result)) > maxResponseBytes

/** Only a page of many large records is too large; with a lower limit it fits. */
const tooLarge = (): HttpReply =>
  problem('invalid-request', 'These records are too large for a page of so many.', {
    errors: [{ path: 'limit', message: 'must be less: the page would have more than 6 MB' }],
  })

/** Weak comparison, as `If-None-Match` requires (RFC 9110, section 13.1.2). */
const matches = (given: string | undefined, etag: string): boolean =>
  given?.split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, ''))) ?? false

const replyToError = (event: HttpEvent, error: unknown): HttpReply => {
  if (error instanceof BadCursor)
    return problem('invalid-request', 'This cursor is not from a page of this list.', {
      errors: [{ path: 'cursor', message: 'must be the `next` of a page' }],
    })
  log('requestFailed', {
    route: event.routeKey,
    path: event.rawPath,
    apiRequestId: event.requestContext.requestId,
    ...errorFields(error),
  })
  return isTransient(error)
    ? problem('try-again', 'Nothing is lost. Try again in a moment.')
    : problem('internal-error', 'The reason is in the logs of this backend.')
}

/** Failures of a service or the network that remain after the SDK's own retries. */
const isTransient = (error: unknown): boolean =>
  error instanceof Error &&
  // Every error of the SDK has this field; only transient errors have a value in it.
  (('$retryable' in error && error.$retryable !== undefined) ||
    ('$fault' in error && error.$fault === 'server') ||
    /^(Throttl|ProvisionedThroughput|RequestLimit|Transaction(Conflict|Canceled)|TimeoutError|ECONN)/.test(
      error.name,
    ) ||
    ('code' in error && typeof error.code === 'string' && error.code.startsWith('ECONN')))
