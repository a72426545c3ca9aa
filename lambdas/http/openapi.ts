import * as z from 'zod/mini'
import type { Handlers } from './on-http.ts'
import { ok } from './reply.ts'
import type { Route } from './route.ts'
import { routes } from './routes.ts'
import { Problem } from './shapes.ts'

/** This API as an OpenAPI 3.1 document, made from the route table. */
export const openApi = () => ({
  openapi: '3.1.0',
  info: {
    title: 'Groundcrew',
    version: '1',
    description:
      'Remote logs of docks. What API Gateway answers by itself (401, unknown route, 429) is `{ message }`.',
  },
  components: {
    securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    schemas: { Problem: schema(Problem) },
  },
  security: [{ token: [] }],
  paths: paths(),
})

const paths = (): Record<string, Record<string, unknown>> => {
  const all: Record<string, Record<string, unknown>> = {}
  for (const [name, route] of Object.entries<Route>(routes))
    all[route.path] = { ...all[route.path], [route.method.toLowerCase()]: operation(name, route) }
  return all
}

const operation = (operationId: string, route: Route) => ({
  operationId,
  summary: route.summary,
  description: [`Needs the permission \`${route.permission}\`.`, route.fleets].filter(Boolean).join(' '),
  'x-permission': route.permission,
  parameters: [
    ...parameters('path', route.params),
    ...parameters('query', route.query),
    ...(route.idempotent ? [idempotencyKey] : []),
  ],
  ...(route.body ? { requestBody: { content: json(schema(route.body, 'input')) } } : {}),
  responses: {
    [route.success]: {
      description: 'Done',
      ...(route.success === 204 ? {} : { content: json(schema(route.output)) }),
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

const parameters = (where: 'path' | 'query', from: z.core.$ZodType) => {
  const { properties = {}, required = [] } = schema(from, 'input')
  return Object.entries(properties).map(([name, of]) => ({
    name,
    in: where,
    required: required.includes(name),
    schema: of,
  }))
}

const json = (of: unknown) => ({ 'application/json': { schema: of } })

const schema = (of: z.core.$ZodType, io: 'input' | 'output' = 'output') => {
  const { $schema: _, ...rest } = z.toJSONSchema(of, { io })
  return rest
}

export const readDocument = (): Handlers<'getOpenApi'> => ({ getOpenApi: async () => ok(openApi()) })
