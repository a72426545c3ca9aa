import * as z from 'zod/mini'
import * as alarmShapes from '../alarms/shapes.ts'
import * as campaignShapes from '../campaigns/shapes.ts'
import * as collectionShapes from '../collections/shapes.ts'
import * as dockShapes from '../docks/shapes.ts'
import * as logShapes from '../logs/shapes.ts'
import * as organizationShapes from '../organizations/shapes.ts'
import * as packageShapes from '../packages/shapes.ts'
import * as rejectedShapes from '../rejected/shapes.ts'
import * as storageShapes from '../storage/check/shapes.ts'
import * as upgradeShapes from '../upgrades/shapes.ts'
import * as webhookShapes from '../webhooks/shapes.ts'
import type { Handlers } from './on-http.ts'
import { ok } from './reply.ts'
import type { Route } from './route.ts'
import { routes } from './routes.ts'
import * as commonShapes from './shapes.ts'

/** Objects have the name under which their room exports them, so that a client's types have it too. */
const named = Object.entries({
  ...commonShapes,
  ...dockShapes,
  ...alarmShapes,
  ...logShapes,
  ...rejectedShapes,
  ...storageShapes,
  ...upgradeShapes,
  ...campaignShapes,
  ...packageShapes,
  ...organizationShapes,
  ...collectionShapes,
  ...webhookShapes,
}).flatMap(([id, shape]) => (shape instanceof z.ZodMiniObject ? [{ id, shape }] : []))

export const reference = (id: string): string => `#/components/schemas/${id}`

/** What is sent to us and what we answer differ in what may be left out. */
type Direction = 'input' | 'output'

/** Of JSON Schema. */
type Dialect = 'draft-2020-12' | 'draft-7'

const partsOf = (route: Route, as: Direction) =>
  as === 'input'
    ? { params: route.params, query: route.query, body: route.body }
    : { output: route.success === 204 ? undefined : route.output }

/**
 * All schemas of one direction at once, so that they refer to each other: those with a name, and what else a
 * route has.
 */
const convert = (as: Direction, target: Dialect) => {
  const ids = z.registry<{ id: string }>()
  for (const { id, shape } of named) ids.add(shape, { id })
  for (const [name, route] of Object.entries<Route>(routes))
    for (const [part, shape] of Object.entries(partsOf(route, as)))
      if (shape && !ids.has(shape)) ids.add(shape, { id: `${name} ${part}` })
  const { schemas } = z.toJSONSchema(ids, { io: as, uri: reference, target })
  return (of: z.core.$ZodType): z.core.JSONSchema.BaseSchema => {
    const { $schema: _, $id, ...body } = schemas[ids.get(of)?.id ?? ''] ?? {}
    return body
  }
}

/** All shapes of the API as JSON Schema, for this document and for others. */
export const documented = (target: Dialect) => {
  const whole = { input: convert('input', target), output: convert('output', target) }
  const bodies = new Set<unknown>(Object.values<Route>(routes).map(({ body }) => body))
  return {
    whole,
    /** By its name where it has one. */
    schema: (of: z.core.$ZodType, as: Direction) => {
      const { id } = named.find(({ shape }) => shape === of) ?? {}
      return id ? { $ref: reference(id) } : whole[as](of)
    },
    components: () =>
      Object.fromEntries(
        named.map(({ id, shape }) => [id, whole[bodies.has(shape) ? 'input' : 'output'](shape)]),
      ),
  }
}

type Schemas = ReturnType<typeof documented>

/** This API as an OpenAPI 3.1 document, made from the route table. */
export const openApi = () => {
  const schemas = documented('draft-2020-12')
  return {
    openapi: '3.1.0',
    info: {
      title: 'Groundcrew',
      version: '1',
      description:
        'Remote logs of docks; upgrades of devices, one by one and in campaigns. What API Gateway answers by itself (401, unknown route, 429) is `{ message }`. Routes that only an option of the deployment brings name it.',
    },
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: schemas.components(),
    },
    security: [{ token: [] }],
    paths: paths(schemas),
  }
}

const paths = (schemas: Schemas): Record<string, Record<string, unknown>> => {
  const all: Record<string, Record<string, unknown>> = {}
  for (const [name, route] of Object.entries<Route>(routes))
    all[route.path] = { ...all[route.path], [route.method.toLowerCase()]: operation(schemas, name, route) }
  return all
}

const operation = (schemas: Schemas, operationId: string, route: Route) => ({
  operationId,
  summary: route.summary,
  description: [
    `Needs the permission \`${route.permission}\`.`,
    route.fleets,
    route.onlyWith && `Only with the option \`${route.onlyWith}\`.`,
  ]
    .filter(Boolean)
    .join(' '),
  'x-permission': route.permission,
  parameters: [
    ...parameters(schemas, 'path', route.params),
    ...parameters(schemas, 'query', route.query),
    ...(route.idempotent ? [idempotencyKey] : []),
  ],
  ...(route.body ? { requestBody: { content: json(schemas.schema(route.body, 'input')) } } : {}),
  responses: {
    [route.success]: {
      description: 'Done',
      ...(route.success === 204 ? {} : { content: json(schemas.schema(route.output, 'output')) }),
    },
    default: {
      description: 'A problem. Its `instance` names the request in the logs of the backend.',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    },
  },
})

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  description: 'The same key with the same request answers with what the first one made, for 24 hours.',
  schema: { type: 'string', maxLength: 200 },
}

const parameters = (schemas: Schemas, where: 'path' | 'query', from: z.core.$ZodType) => {
  const { properties = {}, required = [] } = schemas.whole.input(from)
  return Object.entries(properties).map(([name, of]) => ({
    name,
    in: where,
    required: required.includes(name),
    schema: of,
  }))
}

const json = (of: unknown) => ({ 'application/json': { schema: of } })

export const readDocument = (): Handlers<'getOpenApi'> => ({ getOpenApi: async () => ok(openApi()) })
