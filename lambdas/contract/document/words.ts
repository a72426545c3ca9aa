import type * as z from 'zod/mini'
import type { RouteName } from '../routes.ts'
import { descriptions } from './descriptions.ts'
import { examples } from './examples.ts'
import { nameOf, type Schema } from './schemas.ts'
import { tagOf } from './tags.ts'

/**
 * The texts of the OpenAPI document. Descriptions are looked up from specific to general:
 * `Upload.archives.state`, `archives.state`, `state`. None of this is bundled into a function.
 */

const used = new Set<string>()

const find = (...keys: readonly string[]): string | undefined => {
  const key = keys.find((one) => one in descriptions)
  if (key !== undefined) used.add(key)
  return key === undefined ? undefined : descriptions[key]
}

/** Descriptions that no part of the document uses. */
export const unusedDescriptions = (): string[] => Object.keys(descriptions).filter((key) => !used.has(key))

/** Adds descriptions to all properties. `place`: the component, then the properties that lead here. */
const describedAt = (schema: Schema, place: readonly string[]): Schema => {
  const within = (one: unknown): Schema => describedAt(schemaOf(one), place)
  const { properties, items, anyOf = [], additionalProperties } = schema
  return {
    ...schema,
    ...(properties
      ? {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, of]) => [name, property(schemaOf(of), [...place, name])]),
          ),
        }
      : {}),
    ...(items ? { items: within(items) } : {}),
    ...(anyOf.length > 0 ? { anyOf: anyOf.map(within) } : {}),
    ...(typeof additionalProperties === 'object'
      ? { additionalProperties: within(additionalProperties) }
      : {}),
  }
}

/** JSON Schema also allows `true` and `false`, which our schemas do not use. */
const schemaOf = (value: unknown): Schema => Object.assign({}, value)

const property = (schema: Schema, place: readonly string[]): Schema => {
  const description = find(...place.map((_, n) => place.slice(n).join('.')))
  const whole = describedAt(schema, place)
  return description === undefined ? whole : { ...whole, description }
}

/** Adds descriptions to a schema and its properties. `name`: its component, or its operation and part. */
const described = (name: string, schema: Schema): Schema => {
  const description = find(name) ?? pageOf(name)
  const whole = describedAt(schema, [name])
  return description === undefined ? whole : { ...whole, description }
}

const pageOf = (name: string): string | undefined =>
  name.endsWith('Page') ? `A page of a list: ${name.slice(0, -'Page'.length)}.` : undefined

/**
 * A parameter shares the description of a body field with the same name, except `id`, which differs by tag.
 */
export const parameterText = (operation: string, name: string): string | undefined =>
  find(`${operation}.${name}`, `${tagOf(operation)}.${name}`, name)

const ofStatus: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
}

export const words = {
  described,
  answer: (operation: RouteName, status: number, shape: z.core.$ZodType): string => {
    const name = nameOf(shape)
    const [what] = (name && (find(name) ?? pageOf(name)))?.split('. ') ?? []
    return (
      find(`${operation}.${status}`) ??
      (status === 204 ? 'Done. No content.' : `${ofStatus[status]}: ${what?.replace(/\.$/, '')}.`)
    )
  },
  /** The example of a request or response body. */
  exampleOf: (operation: RouteName, shape: z.core.$ZodType): unknown => {
    const name = nameOf(shape)
    if (name === undefined) return examples[operation] ?? {}
    const item = name.endsWith('Page') ? examples[name.slice(0, -'Page'.length)] : undefined
    return item === undefined ? examples[name] : { items: [item] }
  },
}
export type Words = typeof words
