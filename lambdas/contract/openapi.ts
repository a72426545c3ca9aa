import * as z from 'zod/mini'
import type { Route } from '../http/route.ts'
import { PageQuery } from '../http/shapes.ts'
import { force } from '../logs/routes.ts'
import { answersOf, isCacheable, problemsOf } from './document/answers.ts'
import { parameterExamples } from './document/examples.ts'
import { documented, nameOf, reference, type Schema, type Schemas } from './document/schemas.ts'
import { type Once, pascal, sharedParts } from './document/shared.ts'
import { tagOf, tags } from './document/tags.ts'
import { parameterText, words } from './document/words.ts'
import { type RouteName, routes } from './routes.ts'

/**
 * The OpenAPI 3.1 document of this API, generated from the route table. It is generated when the functions
 * are bundled, and deployed as a file with the function that serves it.
 */
export const openApi = () => {
  const schemas = documented('draft-2020-12')
  const { once, parts } = sharedParts()
  const paths = pathsOf(schemas, once)
  return {
    openapi: '3.1.0',
    info: {
      title: 'Groundcrew',
      version: '1',
      summary: 'Logs and upgrades of machines in the field',
      description: [
        'Remote logs of docks; upgrades of devices, one by one and in campaigns.',
        'Errors are problem documents (RFC 9457) with a stable `type`. Errors of API Gateway itself are `{ message }`.',
        'Later versions may add properties to responses, and values to their enumerations.',
        'Behind CloudFront, a backend that is unavailable may show as 502 or 504 with an HTML page.',
        'Routes that exist only with an option of the deployment name that option.',
      ].join('\n\n'),
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    // Relative to where the document was read.
    servers: [{ url: '/', description: 'This deployment' }],
    tags,
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'An access token of the issuer that the deployment trusts.',
        },
      },
      ...parts,
      schemas: reached({ paths, parts }, { ...componentsOf(schemas), Refusal: refusal }),
    },
  }
}

/** The body of a status that API Gateway may also send by itself. */
const refusal = {
  description: 'A problem, or the answer of API Gateway itself.',
  anyOf: [{ $ref: reference('Problem') }, { $ref: reference('GatewayAnswer') }],
}

const componentsOf = (schemas: Schemas): Record<string, Schema> =>
  Object.fromEntries(
    Object.entries(schemas.components()).map(([name, schema]) => [name, words.described(name, schema)]),
  )

/** The components that `from` refers to, directly or through other components. */
const reached = (from: unknown, all: Record<string, Schema>): Record<string, Schema> => {
  const found = new Set<string>()
  const look = (value: unknown): void => {
    for (const [, name = ''] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (found.has(name)) continue
      found.add(name)
      look(all[name] ?? {})
    }
  }
  look(from)
  return Object.fromEntries(Object.entries(all).filter(([name]) => found.has(name)))
}

const pathsOf = (schemas: Schemas, once: Once): Record<string, Record<string, unknown>> => {
  const all: Record<string, Record<string, unknown>> = {}
  for (const [name, route] of Object.entries(routes) as [RouteName, Route][])
    all[route.path] = {
      ...all[route.path],
      [route.method.toLowerCase()]: operation(schemas, once, name, route),
    }
  return all
}

const operation = (schemas: Schemas, once: Once, name: RouteName, route: Route) => ({
  operationId: name,
  tags: [tagOf(name)],
  // Summaries are plain text; only descriptions may contain Markdown.
  summary: route.summary.replaceAll(/`([^`]+)`/g, '“$1”'),
  description: [
    `Needs the permission \`${route.permission}\`.`,
    route.fleets,
    route.onlyWith && `Only with the option \`${route.onlyWith}\`.`,
  ]
    .filter(Boolean)
    .join(' '),
  'x-permission': route.permission,
  'x-problems': problemsOf(name, route),
  parameters: [
    ...parameters(schemas, once, name, 'path', route.params),
    ...parameters(schemas, once, name, 'query', route.query),
    ...(route.idempotent ? [once('parameters', 'IdempotencyKey', idempotencyKey)] : []),
    ...(route.makes ? [once('parameters', 'OnlyIfNew', onlyIfNew)] : []),
    ...(isCacheable(name, route) ? [once('parameters', 'IfNoneMatch', ifNoneMatch)] : []),
  ],
  ...(route.body ? { requestBody: bodyOf(schemas, name, route.body) } : {}),
  responses: answersOf({ schemas, words, once }, name, route),
})

/** A missing body counts as an empty object; the body is optional if the route accepts that. */
const bodyOf = (schemas: Schemas, name: RouteName, body: z.core.$ZodType) => {
  const example = words.exampleOf(name, body)
  const schema = schemas.schema(body, 'input')
  return {
    required: !z.safeParse(body, {}).success,
    content: {
      'application/json': {
        schema: nameOf(body) ? schema : words.described(`${name}.body`, schema),
        ...(example === undefined ? {} : { example }),
      },
    },
  }
}

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'For 24 hours, a repeat with the same key returns what the first request made.',
  schema: { type: 'string', minLength: 1, maxLength: 200, pattern: '^[!-~]+$' },
}
const ifNoneMatch = {
  name: 'If-None-Match',
  in: 'header',
  required: false,
  description: 'The `etag` of a cached response: the answer is 304 if it is still current.',
  schema: { type: 'string' },
}

const onlyIfNew = {
  name: 'If-None-Match',
  in: 'header',
  required: false,
  description: '`*`: only makes a new record. If there is one already, the answer is 412.',
  schema: { type: 'string', enum: ['*'] },
}

/** Query parameters are text; these stand for a number or a boolean, and are documented as such. */
const typedParameters = new Map<unknown, Schema>([
  [PageQuery.limit, { type: 'integer', format: 'int32', minimum: 1, maximum: 200 }],
  [force, { type: 'boolean' }],
])

/** The component name of a parameter that several routes share. `id` means another record under each tag. */
const sharedName = (operationId: string, where: 'path' | 'query', name: string): string | undefined => {
  if (where === 'query')
    return ['limit', 'cursor', 'fleet', 'force'].includes(name) ? pascal(name) : undefined
  return name === 'id' ? `${pascal(tagOf(operationId))}Id` : pascal(name)
}

const parameters = (
  schemas: Schemas,
  once: Once,
  operationId: string,
  where: 'path' | 'query',
  from: z.core.$ZodType,
) => {
  const { properties = {}, required = [] } = schemas.whole.input(from)
  const shape = from instanceof z.ZodMiniObject ? from.shape : {}
  return Object.entries(properties).map(([name, of]) => {
    // Pages that try out an operation prefill its examples, so only required parameters have one.
    const example = required.includes(name)
      ? (parameterExamples[`${tagOf(operationId)}.${name}`] ?? parameterExamples[name])
      : undefined
    const shared = sharedName(operationId, where, name)
    const parameter = {
      name,
      in: where,
      required: required.includes(name),
      description: parameterText(operationId, name),
      schema: typedParameters.get(shape[name]) ?? of,
      ...(example === undefined ? {} : { example }),
    }
    return shared ? once('parameters', shared, parameter) : parameter
  })
}
