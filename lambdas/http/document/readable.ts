import type * as z from 'zod/mini'

/**
 * JSON Schema as tools of all languages read it. Zod writes what JavaScript can check; generators and validators
 * know formats and lengths, and no pattern with `\p{…}` or a look around.
 */

type Schema = z.core.JSONSchema.BaseSchema
type Direction = 'input' | 'output'

/** What a pattern without blanks around says, for those that cannot look around. */
const withoutBlanksAround = '^\\S(?:.*\\S)?$'

const lookingAround = /^\^\(\?!\\s\).*\{1,(\d+)\}\(\?<!\\s\)\$$/s

const textOf = ({ pattern, ...rest }: Schema): Schema => {
  if (pattern === undefined || rest.format === 'date-time') return rest
  const [, most] = lookingAround.exec(pattern) ?? []
  if (most !== undefined)
    return { ...rest, minLength: 1, maxLength: Number(most), pattern: withoutBlanksAround }
  // What cannot be seen is refused, in words.
  return /\\p\{|\(\?[<!=]/.test(pattern) ? rest : { ...rest, pattern }
}

const mostOf32Bits = 2 ** 31 - 1

/** Whoever reads a number without a format into 32 bits cannot read the size of an archive. */
const integerOf = (schema: Schema): Schema => ({
  ...schema,
  format: (schema.maximum ?? Number.POSITIVE_INFINITY) > mostOf32Bits ? 'int64' : 'int32',
})

/** `value | unknown` takes anything, which says less of what belongs there than the value alone. */
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
    // An answer may have more some day, and whoever reads it has to live with that.
    const { additionalProperties: _, ...open } = schema
    return open
  }
  return schema
}

/** The schema and all within it. */
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
