import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as z from 'zod'
import { unusedDescriptions } from '../../../lambdas/contract/document/words.ts'
import { openApi } from '../../../lambdas/contract/openapi.ts'
import { type RouteName, routes } from '../../../lambdas/contract/routes.ts'
import { problem } from '../../../lambdas/http/reply.ts'
import type { Route } from '../../../lambdas/http/route.ts'

const Schema = z.looseObject({})
const Reference = z.strictObject({ $ref: z.string().startsWith('#/components/') })
const Content = z.record(z.string(), z.strictObject({ schema: Schema, example: z.unknown() }))
const Parameter = z.strictObject({
  name: z.string(),
  in: z.enum(['path', 'query', 'header']),
  required: z.boolean(),
  description: z.string().min(5),
  schema: Schema,
  example: z.unknown().optional(),
})
const Answer = z.strictObject({
  description: z.string().min(5),
  headers: z.record(z.string(), Reference).optional(),
  content: Content.optional(),
  'x-problems': z.array(z.string()).optional(),
})
const Operation = z.strictObject({
  operationId: z.string(),
  tags: z.tuple([z.string()]),
  summary: z
    .string()
    .min(5)
    .regex(/^[^`]*$/),
  description: z.string(),
  'x-permission': z.string(),
  'x-problems': z.array(z.string()),
  parameters: z.array(z.union([Parameter, Reference])),
  requestBody: z.strictObject({ required: z.boolean(), content: Content }).optional(),
  responses: z.record(z.string().regex(/^\d{3}$/), z.union([Answer, Reference])),
})
const Document = z.strictObject({
  openapi: z.literal('3.1.0'),
  info: z.looseObject({ title: z.string(), version: z.string(), description: z.string() }),
  servers: z.tuple([z.strictObject({ url: z.literal('/'), description: z.string() })]),
  tags: z.array(z.strictObject({ name: z.string(), description: z.string() })),
  components: z.strictObject({
    securitySchemes: z.looseObject({}),
    parameters: z.record(z.string(), Parameter),
    responses: z.record(z.string(), Answer),
    headers: z.record(z.string(), Schema),
    schemas: z.record(z.string(), Schema),
  }),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  paths: z.record(
    z.string().startsWith('/'),
    z.partialRecord(z.enum(['get', 'put', 'post', 'delete', 'patch']), Operation),
  ),
})

/** As a client gets it. */
const text = JSON.stringify(openApi())
const document = Document.parse(JSON.parse(text))
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    path,
    method,
    ...operation,
    parameters: operation.parameters.map((one) =>
      '$ref' in one ? Parameter.parse(document.components.parameters[one.$ref.split('/').at(-1) ?? '']) : one,
    ),
  })),
)

/** Every schema within something, and where it is. */
const schemasIn = function* (
  value: unknown,
  place: string,
): Generator<{ schema: z.infer<typeof Schema>; place: string }> {
  if (typeof value !== 'object' || value === null) return
  const schema = Schema.parse(Array.isArray(value) ? {} : value)
  if (typeof schema.type === 'string' || schema.anyOf) yield { schema, place }
  for (const [name, inner] of Object.entries(value)) {
    if (!['example', 'examples', 'enum', 'const'].includes(name) || place.endsWith('.properties'))
      yield* schemasIn(inner, `${place}.${name}`)
  }
}
const schemas = [...schemasIn({ ...document.components.schemas, ...document.paths }, '')]

describe('the OpenAPI document', () => {
  it('has each route once, under its own name and path', () =>
    assert.deepEqual(
      operations.map(({ operationId, method, path }) => `${operationId} ${method} ${path}`).sort(),
      Object.entries(routes)
        .map(([name, { method, path }]) => `${name} ${method.toLowerCase()} ${path}`)
        .sort(),
    ))

  it('declares each parameter of a path, as required', () => {
    for (const { path, parameters } of operations)
      assert.deepEqual(
        parameters.flatMap((one) => (one.in === 'path' && one.required ? [one.name] : [])).sort(),
        [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort(),
      )
  })

  it('has every response: of the route, of any route, and of the gateway', () => {
    for (const { operationId, method, requestBody, responses } of operations) {
      const all = [
        '400',
        '401',
        '403',
        '404',
        '422',
        '429',
        '431',
        '500',
        '503',
        ...(requestBody ? ['413'] : []),
      ]
      for (const status of all) assert.ok(status in responses, `${operationId} ${status}`)
      const success = Object.keys(responses).filter((status) => status.startsWith('2'))
      assert.ok(success.length > 0)
      for (const status of success) {
        const answer = Answer.parse(responses[status])
        assert.equal(answer.content === undefined, status === '204', operationId)
      }
      if (method !== 'get') assert.ok(!('304' in responses))
    }
    const { responses } = operations.find(({ operationId }) => operationId === 'openUpgradeAttempt') ?? {}
    assert.ok(responses && '200' in responses && '202' in responses)
  })

  it('has the body of the gateway besides a problem for each status that it sends by itself', () => {
    for (const { responses } of operations)
      for (const [status, one] of Object.entries(responses)) {
        if (Number(status) < 400 || status === '431') continue
        const answer = '$ref' in one ? document.components.responses[one.$ref.split('/').at(-1) ?? ''] : one
        const { content = {} } = Answer.parse(answer)
        const isGateway = !['409', '410', '412', '422'].includes(status)
        const name = isGateway ? 'Refusal' : 'Problem'
        for (const { schema } of Object.values(content))
          assert.deepEqual(schema, { $ref: `#/components/schemas/${name}` })
        assert.equal('application/json' in content, isGateway, status)
      }
  })

  it('requires a body wherever a missing one would be refused', () => {
    for (const { operationId, requestBody } of operations) {
      const route: Route | undefined = Object.entries<Route>(routes).find(
        ([name]) => name === operationId,
      )?.[1]
      if (!route?.body) continue
      assert.equal(requestBody?.required, !z.safeParse(route.body, {}).success, operationId)
    }
    const required = operations.filter(({ requestBody }) => requestBody?.required)
    assert.ok(required.some(({ operationId }) => operationId === 'startUpload'))
  })

  it('describes every property, parameter and schema, and nothing else', () => {
    const silent = schemas.filter(
      ({ schema, place }) => /\.properties\.\w+$/.test(place) && typeof schema.description !== 'string',
    )
    assert.deepEqual(
      silent.map(({ place }) => place),
      [],
    )
    for (const [name, { description }] of Object.entries(document.components.schemas))
      assert.equal(typeof description, 'string', name)
    assert.deepEqual(unusedDescriptions(), [])
    assert.doesNotMatch(text, /undefined/)
  })

  it('has a valid example of each request and response body', () => {
    for (const { operationId, requestBody, responses } of operations) {
      const { body, output }: Route = routes[operationId as RouteName]
      if (body) {
        const { example } = requestBody?.content['application/json'] ?? {}
        const parsed = z.safeParse(body, example)
        assert.ok(parsed.success, `${operationId} ${parsed.error}`)
      }
      for (const [status, one] of Object.entries(responses)) {
        if (!status.startsWith('2') || status === '204') continue
        const { example } = Answer.parse(one).content?.['application/json'] ?? {}
        assert.deepEqual(z.parse(output, example), example, operationId)
      }
    }
  })

  it('has types for numbers and enumerations in parameters', () => {
    for (const { operationId, parameters } of operations)
      for (const { name, schema } of parameters) {
        const isDigits = typeof schema.pattern === 'string' && /\\d\?|\[1-9\]\\d/.test(schema.pattern)
        assert.ok(!isDigits, `${operationId} ${name}`)
        assert.notDeepEqual(schema.enum, ['true', 'false'], `${operationId} ${name}`)
        if (name === 'limit') assert.equal(schema.type, 'integer')
        if (name === 'force') assert.equal(schema.type, 'boolean')
      }
  })

  it('has only patterns that all languages support, and none besides a format', () => {
    for (const { schema, place } of schemas) {
      if (typeof schema.pattern !== 'string') continue
      assert.doesNotMatch(schema.pattern, /\\p|\(\?[^:]/, place)
      assert.equal(schema.format, undefined, place)
      assert.ok(schema.pattern.length < 400, place)
    }
  })

  it('offers an Idempotency-Key on each route that honours it', () => {
    const keyed = operations.filter(({ parameters }) =>
      parameters.some(({ name }) => name === 'Idempotency-Key'),
    )
    assert.deepEqual(keyed.map(({ operationId }) => operationId).sort(), [
      'requestListing',
      'retryUpload',
      'runCollection',
      'startUpload',
    ])
  })

  it('has every member of a problem', () => {
    const { properties = {} } = document.components.schemas.Problem ?? {}
    const { body } = problem('dock-busy', 'detail', {
      errors: [],
      href: '/v1/docks/DOCK1',
      estimatedSeconds: 1,
      limitSeconds: 1,
      selections: [],
    })
    for (const member of Object.keys(Schema.parse(body)))
      assert.ok(member in Schema.parse(properties), member)
  })

  it('has no number without a range, and no integer without a format', () => {
    for (const { schema, place } of schemas) {
      if (schema.type !== 'number' && schema.type !== 'integer') continue
      assert.equal(typeof schema.minimum, 'number', place)
      assert.equal(typeof schema.maximum, 'number', place)
      // Between 0 and a bound above it are numbers smaller than any that DynamoDB takes.
      assert.equal(schema.exclusiveMinimum, undefined, place)
      if (schema.type === 'integer') assert.match(String(schema.format), /^int(32|64)$/, place)
    }
  })

  it('has no dangling reference', () => {
    const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, target]) => target)
    assert.ok(references.length > 0)
    for (const target of references)
      assert.ok(
        Object.entries(document.components).some(([kind, all]) =>
          Object.keys(all).some((name) => target === `#/components/${kind}/${name}`),
        ),
        target,
      )
    for (const scheme of document.security.flatMap((one) => Object.keys(one)))
      assert.ok(scheme in document.components.securitySchemes)
  })
})
