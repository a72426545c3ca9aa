import * as z from 'zod'
import type { Resource } from './template/read-template.ts'

/** The resources of the template, with everything in them resolved, by logical id. */
export type Resources = ReadonlyMap<string, Resource>

export type Declared<Properties> = {
  logicalId: string
  physicalId: string
  arn: string
  properties: Properties
}

const problem = (error: z.ZodError): string => z.prettifyError(error).replaceAll('\n', ' ')

/**
 * The resources of a type, their properties read with a schema; a strict one, so that no setting is ignored
 * unseen.
 * @throws Error that names the resource, for a property or value which is not emulated.
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

/** CloudFormation takes numbers and booleans as text too. */
export const Num = z.coerce.number()
export const Flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')])

/** Settings that nothing local depends on: descriptions, tags, encryption at rest. */
export const Ignored = z.unknown().optional()
