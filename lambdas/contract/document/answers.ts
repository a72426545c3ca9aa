import { type ProblemName, problems } from '../../http/reply.ts'
import type { Route } from '../../http/route.ts'
import type { RouteName } from '../routes.ts'
import { otherSuccesses, refusals, uncacheable } from './refusals.ts'
import { nameOf, reference, type Schema, type Schemas } from './schemas.ts'
import { type Once, pascal, type Reference } from './shared.ts'
import type { Words } from './words.ts'

/**
 * All responses of a route. A status that API Gateway also sends by itself may have either body: its own `{
 * message }` as `application/json`, or a problem. Generated clients choose by status and not by content type,
 * so both bodies are in the schema of both content types.
 */

type Content = Record<string, { schema: Schema; example?: unknown }>
type Answer = {
  description: string
  headers?: Record<string, object>
  content?: Content
  'x-problems'?: string[]
}

/** Problems that any route may return. */
const ofAny: readonly ProblemName[] = [
  'not-an-access-token',
  'not-permitted',
  'too-many-fleets',
  'invalid-request',
  'internal-error',
  'try-again',
]
const ofBodies: readonly ProblemName[] = ['malformed-json', 'body-too-large']

/**
 * What API Gateway answers before it invokes a function, or instead.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
 */
const byGateway: Readonly<Record<number, { message: string; why: string }>> = {
  400: { message: 'Bad Request', why: 'API Gateway cannot parse the request.' },
  401: { message: 'Unauthorized', why: 'The token is missing, has expired, or is from another issuer.' },
  403: { message: 'Forbidden', why: 'The request is not for this address.' },
  404: { message: 'Not Found', why: 'This deployment has no such route.' },
  413: { message: 'Request Entity Too Large', why: 'The body is larger than API Gateway allows.' },
  429: {
    message: 'Too Many Requests',
    why: 'The API receives more requests a second than it allows. Wait and try again.',
  },
  500: { message: 'Internal Server Error', why: 'The backend failed.' },
  503: { message: 'Service Unavailable', why: 'The backend took too long, or is unavailable.' },
}

/** Statuses that API Gateway, or what is in front of it, may send by itself. */
export const gatewayStatuses: readonly number[] = [...Object.keys(byGateway).map(Number), 431]

const problemType = 'application/problem+json'

const exampleOf = (name: ProblemName) => ({
  type: `https://groundcrew.dev/problems/${name}`,
  title: problems[name][1],
  status: problems[name][0],
  instance: 'urn:uuid:6f0e3d2a-5b8c-4f1e-9d27-0a4c8e6b1f35',
})

/**
 * The request line and headers are refused before the request reaches us, with or without a body.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
 */
const headTooLarge: Answer = {
  description: 'The request line and headers together exceed the 10,240 bytes that API Gateway allows.',
}

/** Markdown: one line, or a list of them. */
const listed = (lines: readonly string[]): string =>
  lines.length === 1 ? lines.join('') : lines.map((line) => `- ${line}`).join('\n')

const refused = (status: number, names: readonly ProblemName[]): Answer => {
  if (status === 431) return headTooLarge
  const gateway = byGateway[status]
  const schema = { $ref: reference(gateway ? 'Refusal' : 'Problem') }
  const [first] = names
  return {
    description: listed([
      ...names.map((name) => `\`${name}\`: ${problems[name][1]}.`),
      ...(gateway ? [`\`{ message }\`, from API Gateway: ${gateway.why}`] : []),
    ]),
    ...(names.length > 0 ? { 'x-problems': [...names] } : {}),
    content: {
      ...(first ? { [problemType]: { schema, example: exampleOf(first) } } : {}),
      ...(gateway ? { 'application/json': { schema, example: { message: gateway.message } } } : {}),
    },
  }
}

/** Names of error responses that contain only problems of `ofAny`. */
const common: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NoSuchRoute',
  413: 'TooLarge',
  422: 'InvalidRequest',
  429: 'TooManyRequests',
  431: 'HeadTooLarge',
  500: 'Failed',
  503: 'Unavailable',
}

/** With more problems than this, a response is not shared: its name would be too long. */
const maxInName = 2

/** The component name of an error response, from its problems besides those of any route. */
const nameOfRefusal = (status: number, names: readonly ProblemName[]): string | undefined => {
  const own = names.filter((one) => !ofAny.includes(one) && one !== 'body-too-large')
  if (own.length === 0) return common[status]
  return own.length > maxInName ? undefined : own.map(pascal).join('Or')
}

const statusOf = (name: ProblemName): number => problems[name][0]

/** All problems that a route may return. */
export const problemsOf = (name: RouteName, route: Route): readonly ProblemName[] => [
  ...new Set([...refusals[name], ...ofAny, ...(route.body ? ofBodies : [])]),
]

const refusalsOf = (once: Once, name: RouteName, route: Route): Record<string, Answer | Reference> => {
  const names = problemsOf(name, route)
  const statuses = new Set([...names.map(statusOf), ...gatewayStatuses])
  if (!route.body) statuses.delete(413)
  return Object.fromEntries(
    [...statuses]
      .toSorted((one, other) => one - other)
      .map((status) => {
        const ofStatus = names.filter((one) => statusOf(one) === status)
        const answer = refused(status, ofStatus)
        const name = nameOfRefusal(status, ofStatus)
        return [status, name ? once('responses', name, answer) : answer]
      }),
  )
}

const location = (once: Once) => ({
  location: once('headers', 'Location', {
    description: 'The path of the record that was made.',
    schema: { type: 'string' },
    example: '/v1/docks/7CTDM0000000001/log-uploads/019b1a2b-3c4d-7e5f-8a6b-7c8d9e0f1a2b',
  }),
})
const etag = (once: Once) => ({
  etag: once('headers', 'ETag', {
    description: 'Identifies this content. Send it as `If-None-Match` to get 304 while nothing has changed.',
    schema: { type: 'string' },
    example: '"Jd0Vf1xJ7a0jyZ2zAkJb9w"',
  }),
})

/** Whether the caller may cache the response and revalidate it by its ETag. */
export const isCacheable = (name: RouteName, { method }: Route): boolean =>
  method === 'GET' && !uncacheable.includes(name)

/** All statuses of success. */
export const statusesOf = (name: RouteName, { success }: Route): readonly number[] => [
  ...new Set([success, ...(otherSuccesses[name] ?? [])]),
]

/** What the responses of a route are generated with. */
type With = { schemas: Schemas; words: Words; once: Once }

const shown = ({ schemas, words, once }: With, name: RouteName, route: Route, status: number): Answer => {
  if (status === 204) return { description: words.answer(name, status, route.output) }
  const example = words.exampleOf(name, route.output)
  const schema = schemas.schema(route.output, 'output')
  return {
    description: words.answer(name, status, route.output),
    ...(status === 202 && route.method === 'POST' ? { headers: location(once) } : {}),
    ...(isCacheable(name, route) ? { headers: etag(once) } : {}),
    content: {
      'application/json': {
        schema: nameOf(route.output) ? schema : words.described(`${name}.${status}`, schema),
        ...(example === undefined ? {} : { example }),
      },
    },
  }
}

const notModified = (once: Once): Reference =>
  once('responses', 'NotModified', {
    description: 'Nothing has changed since the answer with this `etag`.',
    headers: etag(once),
  })

export const answersOf = (use: With, name: RouteName, route: Route): Record<string, Answer | Reference> => ({
  ...Object.fromEntries(statusesOf(name, route).map((status) => [status, shown(use, name, route, status)])),
  ...(isCacheable(name, route) ? { 304: notModified(use.once) } : {}),
  ...refusalsOf(use.once, name, route),
})
