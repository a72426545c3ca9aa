import type * as z from 'zod/mini'

/**
 * Makes JSON Schema readable for tools of all languages. Zod emits patterns for JavaScript; other generators
 * and validators support formats and lengths, but no patterns with `\p{…}` or lookaround.
 */

type Schema = z.core.JSONSchema.BaseSchema
type Direction = 'input' | 'output'

/** Replaces the lookaround pattern for a text without blanks around it. */
const withoutBlanksAround = '^\\S(?:.*\\S)?$'

const lookingAround = /^\^\(\?!\\s\).*\{1,(\d+)\}\(\?<!\\s\)\$$/s

const textOf = ({ pattern, ...rest }: Schema): Schema => {
  if (pattern === undefined || rest.format === 'date-time') return rest
  const [, most] = lookingAround.exec(pattern) ?? []
  if (most !== undefined)
    return { ...rest, minLength: 1, maxLength: Number(most), pattern: withoutBlanksAround }
  // Dropped: the API still refuses invisible characters, with an error message.
  return /\\p\{|\(\?[<!=]/.test(pattern) ? rest : { ...rest, pattern }
}

const maxInt32 = 2 ** 31 - 1

/** States the width of integers: a client that assumes 32 bits could not read the size of an archive. */
const integerOf = (schema: Schema): Schema => ({
  ...schema,
  format: (schema.maximum ?? Number.POSITIVE_INFINITY) > maxInt32 ? 'int64' : 'int32',
})

/** Reduces `value | unknown` to the value: the union allows anything and documents nothing. */
const unionOf = ({ anyOf = [], ...rest }: Schema): Schema => {
  const known = anyOf.filter((one) => typeof one === 'object' && Object.keys(one).length > 0)
  const [only] = known
  return known.length === 1 && anyOf.length > 1 && typeof only === 'object'
    ? { ...rest, ...only }
    : { ...rest, anyOf }
}

const one = (schema: Schema, as: Direction): Schema => {
  if (schema.type === 'string') return textOf(schema)
  if (schema.type === 'integer') return integerOf(schema)
  if (schema.anyOf) return unionOf(schema)
  if (schema.type === 'object' && as === 'output' && schema.additionalProperties === false) {
    // Later versions may add properties to responses, and clients have to accept that.
    const { additionalProperties: _, ...open } = schema
    return open
  }
  return schema
}

/** Converts a schema and all schemas within it. */
export const readable = (schema: Schema, as: Direction): Schema => {
  const inner = (value: unknown, place: string): unknown => {
    if (Array.isArray(value)) return value.map((item) => inner(item, place))
    if (typeof value !== 'object' || value === null) return value
    const mended = Object.fromEntries(
      Object.entries(value).map(([name, part]) => [
        name,
        ['required', 'enum', 'const'].includes(name) && place !== 'properties' ? part : inner(part, name),
      ]),
    )
    return place === 'properties' ? mended : one(mended, as)
  }
  return Object.assign({}, inner(schema, ''))
}
