import * as z from 'zod/mini'
import * as accountShapes from '../../accounts/shapes.ts'
import * as alarmShapes from '../../alarms/shapes.ts'
import * as campaignShapes from '../../campaigns/shapes.ts'
import * as collectionShapes from '../../collections/shapes.ts'
import * as debugShapes from '../../debugging/shapes.ts'
import * as dockShapes from '../../docks/shapes.ts'
import type { Route } from '../../http/route.ts'
import * as commonShapes from '../../http/shapes.ts'
import * as logShapes from '../../logs/shapes.ts'
import * as organizationShapes from '../../organizations/shapes.ts'
import * as overviewShapes from '../../overview/shapes.ts'
import * as packageShapes from '../../packages/shapes.ts'
import * as presenceShapes from '../../presence/shapes.ts'
import * as rejectedShapes from '../../rejected/shapes.ts'
import * as storageShapes from '../../storage/check/shapes.ts'
import * as upgradeShapes from '../../upgrades/shapes.ts'
import * as webhookShapes from '../../webhooks/shapes.ts'
import { routes } from '../routes.ts'
import { readable } from './readable.ts'

/**
 * The body of errors that API Gateway sends by itself.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-jwt.html
 */
export const GatewayAnswer = z.object({ message: z.string() })

/**
 * Objects and unions get the name under which their room exports them, so that a client's types have it too.
 */
const named = Object.entries({
  ...commonShapes,
  ...accountShapes,
  ...dockShapes,
  ...presenceShapes,
  ...alarmShapes,
  ...debugShapes,
  ...logShapes,
  ...rejectedShapes,
  ...storageShapes,
  ...upgradeShapes,
  ...campaignShapes,
  ...overviewShapes,
  ...packageShapes,
  ...organizationShapes,
  ...collectionShapes,
  ...webhookShapes,
  GatewayAnswer,
}).flatMap(([id, shape]) =>
  shape instanceof z.ZodMiniObject || shape instanceof z.ZodMiniUnion ? [{ id, shape }] : [],
)

/** The item of a page that `page` made; undefined for any other shape. */
const itemOf = (shape: z.core.$ZodType): z.core.$ZodType | undefined => {
  if (!(shape instanceof z.ZodMiniObject)) return undefined
  const { items, next, ...others } = shape.shape
  const isPage = items instanceof z.ZodMiniArray && next && Object.keys(others).length === 0
  return isPage ? items._zod.def.element : undefined
}

/** The name of a schema. A page is named after its items. */
export const nameOf = (shape: z.core.$ZodType): string | undefined => {
  const item = itemOf(shape)
  const name = named.find((one) => one.shape === (item ?? shape))?.id
  return name && item ? `${name}Page` : name
}

export const reference = (id: string): string => `#/components/schemas/${id}`

/** Requests and responses differ in which properties are optional. */
export type Direction = 'input' | 'output'

/** The JSON Schema dialect. */
export type Dialect = 'draft-2020-12' | 'draft-7'

export type Schema = z.core.JSONSchema.BaseSchema

const partsOf = (route: Route, as: Direction) =>
  as === 'input'
    ? { params: route.params, query: route.query, body: route.body }
    : { output: route.success === 204 ? undefined : route.output }

/**
 * Converts all schemas of one direction at once, so that they can refer to each other: the named ones, and
 * the unnamed ones of routes.
 */
const convert = (as: Direction, target: Dialect) => {
  const ids = z.registry<{ id: string }>()
  for (const { id, shape } of named) ids.add(shape, { id })
  for (const [name, route] of Object.entries<Route>(routes))
    for (const [part, shape] of Object.entries(partsOf(route, as)))
      if (shape && !ids.has(shape)) ids.add(shape, { id: `${name} ${part}` })
  const { schemas } = z.toJSONSchema(ids, { io: as, uri: reference, target })
  return (of: z.core.$ZodType): Schema => {
    const { $schema: _, $id, ...body } = schemas[ids.get(of)?.id ?? ''] ?? {}
    return readable(body, as)
  }
}

const answers = Object.values<Route>(routes).map(({ output }) => output)

/** All shapes of the API as JSON Schema, for the OpenAPI and AsyncAPI documents. */
export const documented = (target: Dialect) => {
  const whole = { input: convert('input', target), output: convert('output', target) }
  const bodies = new Set<unknown>(Object.values<Route>(routes).map(({ body }) => body))
  const pages = answers.flatMap((shape) => {
    const name = itemOf(shape) && nameOf(shape)
    return name ? [[name, whole.output(shape)] as const] : []
  })
  return {
    whole,
    /** A reference if the schema has a name, else the schema itself. */
    schema: (of: z.core.$ZodType, as: Direction): Schema => {
      const id = nameOf(of)
      return id ? { $ref: reference(id) } : whole[as](of)
    },
    components: (): Record<string, Schema> => ({
      ...Object.fromEntries(
        named.map(({ id, shape }) => [id, whole[bodies.has(shape) ? 'input' : 'output'](shape)]),
      ),
      ...Object.fromEntries(pages),
    }),
  }
}

export type Schemas = ReturnType<typeof documented>
