import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as z from 'zod'
import { openApi } from '../../../lambdas/http/openapi.ts'
import { problem } from '../../../lambdas/http/reply.ts'
import { routes } from '../../../lambdas/http/routes.ts'

const Schema = z.looseObject({})
const Operation = z.strictObject({
  operationId: z.string(),
  summary: z.string().min(5),
  description: z.string(),
  'x-permission': z.string(),
  parameters: z.array(
    z.looseObject({
      name: z.string(),
      in: z.enum(['path', 'query', 'header']),
      required: z.boolean().optional(),
      schema: Schema,
    }),
  ),
  requestBody: z
    .strictObject({ content: z.strictObject({ 'application/json': z.strictObject({ schema: Schema }) }) })
    .optional(),
  responses: z.record(
    z.string().regex(/^(\d{3}|default)$/),
    z.strictObject({
      description: z.string(),
      content: z.record(z.string(), z.strictObject({ schema: Schema })).optional(),
    }),
  ),
})
const Document = z.strictObject({
  openapi: z.literal('3.1.0'),
  info: z.strictObject({ title: z.string(), version: z.string(), description: z.string() }),
  components: z.strictObject({ securitySchemes: z.looseObject({}), schemas: z.record(z.string(), Schema) }),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  paths: z.record(
    z.string().startsWith('/'),
    z.partialRecord(z.enum(['get', 'put', 'post', 'delete']), Operation),
  ),
})

/** As a client gets it. */
const text = JSON.stringify(openApi())
const document = Document.parse(JSON.parse(text))
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
)

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

  it('names what may go wrong as a problem, and what success looks like', () => {
    for (const { operationId, responses } of operations) {
      const [success, ...others] = Object.keys(responses)
      assert.match(success ?? '', /^2\d\d$/, operationId)
      assert.deepEqual(others, ['default'])
      assert.equal(responses[success ?? '']?.content === undefined, success === '204', operationId)
    }
  })

  it('offers an Idempotency-Key where a route honours one', () => {
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

  it('has every member of a problem that an answer may have', () => {
    const { properties = {} } = document.components.schemas.Problem ?? {}
    const { body } = problem('dock-busy', 'detail', {
      ...{ errors: [], href: '/v1/docks/DOCK1' },
      ...{ estimatedSeconds: 1, limitSeconds: 1, selections: [] },
    })
    for (const member of Object.keys(Schema.parse(body)))
      assert.ok(member in Schema.parse(properties), member)
  })

  it('takes no number without a range: one that no table can keep is refused like any other', () => {
    const unbounded: string[] = []
    const look = (schema: unknown, place: string): void => {
      if (typeof schema !== 'object' || schema === null) return
      const { type, minimum, maximum, exclusiveMinimum } = schema as Record<string, unknown>
      const isNumber = type === 'number' || type === 'integer'
      // Between 0 and a bound above it are numbers smaller than any that DynamoDB takes.
      if (isNumber && (minimum === undefined || maximum === undefined || exclusiveMinimum !== undefined))
        unbounded.push(place)
      for (const [name, inner] of Object.entries(schema)) look(inner, `${place}.${name}`)
    }
    for (const { operationId, requestBody } of operations)
      look(requestBody?.content['application/json'].schema, operationId)
    assert.deepEqual(unbounded, [])
  })

  it('refers to nothing that it does not hold', () => {
    const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, target]) => target)
    assert.ok(references.length > 0)
    for (const target of references)
      assert.ok(
        Object.keys(document.components.schemas).some((name) => target === `#/components/schemas/${name}`),
      )
    for (const scheme of document.security.flatMap((one) => Object.keys(one)))
      assert.ok(scheme in document.components.securitySchemes)
  })
})
