/**
 * Reads a synthesized CloudFormation template for the local runtime: its resources, with every function in
 * their properties resolved. The runtime calls it once; the same template and stack name give the same
 * result.
 */
import { inertTypes } from './inert.ts'
import { type Lookups, resolveValue } from './intrinsics.ts'
import { inertReferences, type Named, resourceTypes } from './resource-types.ts'
import { isRecord, type Json, Template } from './schema.ts'

/** The account of every local stack. */
export const localAccountId = '000000000000'

export type Resource = {
  logicalId: string
  type: string
  properties: { [key: string]: Json }
  physicalId: string
  arn?: string
}

export type ReadOptions = {
  stackName: string
  region: string
  /**
   * Replaces the results of `Fn::GetAtt` (and of `Ref`, under the key `Ref`): the issuer's and the API's
   * local addresses, for instance. Called for every resource, also for inert ones.
   */
  attributes?: (resource: {
    logicalId: string
    type: string
    physicalId: string
  }) => Readonly<Record<string, string>>
}

/** Without inert resources, and without outputs that refer to them. */
export type LocalTemplate = { resources: Map<string, Resource>; outputs: { [name: string]: Json } }

const naming = <Result>(subject: string, work: () => Result): Result => {
  try {
    return work()
  } catch (error) {
    throw new Error(`${subject}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

/** Caches results by key, and throws on a circular reference. */
const memoized = <Result>(work: (key: string) => Result) => {
  const known = new Map<string, Result>()
  const open = new Set<string>()
  return (key: string): Result => {
    const found = known.get(key)
    if (found !== undefined) return found
    if (open.has(key)) throw new Error(`${key} refers to itself`)
    open.add(key)
    const result = work(key)
    open.delete(key)
    known.set(key, result)
    return result
  }
}

class InertReference extends Error {}

const pseudoParameters = ({ stackName, region }: ReadOptions): Readonly<Record<string, string>> => ({
  'AWS::Region': region,
  'AWS::AccountId': localAccountId,
  'AWS::Partition': 'aws',
  'AWS::StackName': stackName,
  'AWS::StackId': `arn:aws:cloudformation:${region}:${localAccountId}:stack/${stackName}/local`,
  'AWS::URLSuffix': 'amazonaws.com',
})

type Identity = { type: string; physicalId: string; attributes: ReadonlyMap<string, string> }

/** A resource's name and attributes; its name may itself refer to others. */
const identifyResource = (
  template: Template,
  options: ReadOptions,
  look: Lookups,
  logicalId: string,
): Identity => {
  const resource = template.Resources[logicalId]
  if (!resource) throw new Error(`there is no resource ${logicalId}`)
  const { stackName, region } = options
  const type = resourceTypes[resource.Type] ?? inertReferences[resource.Type]
  const named: Named = {
    logicalId,
    type: resource.Type,
    stackName,
    seed: `${stackName}/${logicalId}`,
    region,
    accountId: localAccountId,
    property: (name) => {
      const value = resolveValue(resource.Properties[name] ?? null, look)
      return typeof value === 'string' ? value : undefined
    },
  }
  const physicalId = type?.physicalId(named) ?? `${stackName}-${logicalId}`
  const attributes = {
    ...(type && { Ref: type.ref?.(named, physicalId) ?? physicalId }),
    ...type?.attributes?.(named, physicalId),
    ...options.attributes?.({ logicalId, type: resource.Type, physicalId }),
  }
  return { type: resource.Type, physicalId, attributes: new Map(Object.entries(attributes)) }
}

const attributeOf = ({ type, attributes }: Identity, logicalId: string, name: string): string => {
  const value = attributes.get(name)
  if (value !== undefined) return value
  const what = `${name === 'Ref' ? 'Ref' : `attribute ${name}`} of ${logicalId} (${type})`
  if (Object.hasOwn(inertTypes, type))
    throw new InertReference(`${what} does nothing locally and has no value`)
  throw new Error(`${what} is not supported`)
}

const createLookups = (template: Template, options: ReadOptions) => {
  const pseudo = pseudoParameters(options)
  const identify = memoized((logicalId) => identifyResource(template, options, lookups, logicalId))
  const attribute = (logicalId: string, name: string) => attributeOf(identify(logicalId), logicalId, name)
  const lookups: Lookups = {
    attribute,
    ref: (name) => pseudo[name] ?? attribute(name, 'Ref'),
  }
  return { lookups, identify }
}

const resolveOutputs = (template: Template, lookups: Lookups): LocalTemplate['outputs'] => {
  const outputs: LocalTemplate['outputs'] = {}
  for (const [name, { Value }] of Object.entries(template.Outputs)) {
    try {
      outputs[name] = naming(`output ${name}`, () => resolveValue(Value, lookups))
    } catch (error) {
      if (!(error instanceof Error && error.cause instanceof InertReference)) throw error
    }
  }
  return outputs
}

/**
 * Reads a template. Throws an Error that names the resource and what it uses that is not emulated: a resource
 * type, a function, an attribute or a condition.
 */
export const readTemplate = (source: unknown, options: ReadOptions): LocalTemplate => {
  const template = Template.parse(source)
  const { lookups, identify } = createLookups(template, options)
  const resources = new Map<string, Resource>()
  for (const [logicalId, { Type: type, Properties }] of Object.entries(template.Resources))
    naming(`${logicalId} (${type})`, () => {
      if (Object.hasOwn(inertTypes, type)) return
      if (!Object.hasOwn(resourceTypes, type)) throw new Error('this resource type is not emulated')
      const properties = resolveValue(Properties, lookups)
      if (!isRecord(properties)) throw new Error('its properties must be an object')
      const { physicalId, attributes } = identify(logicalId)
      const arn = attributes.get('Arn')
      resources.set(logicalId, { logicalId, type, properties, physicalId, ...(arn !== undefined && { arn }) })
    })
  return { resources, outputs: resolveOutputs(template, lookups) }
}
