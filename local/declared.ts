import * as z from 'zod'
import type { Resource } from './template/read-template.ts'

/** The template's resources, with all references resolved, by logical id. */
export type Resources = ReadonlyMap<string, Resource>

export type Declared<Properties> = {
  logicalId: string
  physicalId: string
  arn: string
  properties: Properties
}

const problem = (error: z.ZodError): string => z.prettifyError(error).replaceAll('\n', ' ')

/**
 * The resources of one type, with properties parsed by a schema. Use a strict schema, so that no setting is
 * silently ignored.
 * @throws Error that names the resource, for a property or value that is not emulated.
 */
export const declared = <Schema extends z.ZodType>(
  resources: Resources,
  type: string,
  schema: Schema,
): Declared<z.infer<Schema>>[] =>
  [...resources].flatMap(([logicalId, { type: given, properties, physicalId, arn }]) => {
    if (given !== type) return []
    const parsed = schema.safeParse(properties ?? {})
    if (!parsed.success)
      throw new Error(`${logicalId} (${type}) cannot be emulated locally: ${problem(parsed.error)}`)
    return [{ logicalId, physicalId, arn: arn ?? '', properties: parsed.data }]
  })

/** CloudFormation accepts numbers and booleans as text too. */
export const Num = z.coerce.number()
export const Flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')])

/** Settings that have no effect locally: descriptions, tags, encryption at rest. */
export const Ignored = z.unknown().optional()
