import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod'
import type { Template } from '../../lib/synthesize.ts'
import { readTemplate } from '../../local/template/read-template.ts'
import { kept, synthesizer } from './kept.ts'

/** The stack as the tests see it: the template as written, and the same with all references resolved. */

const region = 'eu-central-1'

const List = z.union([z.string().transform((one) => [one]), z.array(z.string())])
const Statement = z.looseObject({
  Effect: z.enum(['Allow', 'Deny']),
  Action: List,
  Resource: List.default([]),
})
const Document = z.looseObject({ Statement: z.array(Statement) })
const RoleProperties = z.looseObject({
  AssumeRolePolicyDocument: z.unknown(),
  ManagedPolicyArns: z.array(z.string()).default([]),
  Policies: z.array(z.looseObject({ PolicyDocument: Document })).default([]),
})
const PolicyProperties = z.looseObject({ PolicyDocument: Document, Roles: z.array(z.string()) })

export type Statement = z.infer<typeof Statement>

/** Follows keys into a value of unknown shape. */
export const at = (value: unknown, ...keys: string[]): unknown =>
  keys.reduce<unknown>((inner, key) => z.record(z.string(), z.unknown()).safeParse(inner).data?.[key], value)

/** Every option that brings functions, rules or rights of its own. */
export const everything = {
  dockServer: 'on',
  dockLogin: 'on',
  packageDownloads: 'on',
  dockLicenceSecretArn: 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:groundcrew/docks-local2',
}

/** The template, made anew each time, without the functions' code. */
export const newTemplate = (context: Record<string, unknown> = {}): Template => {
  const outdir = mkdtempSync(join(tmpdir(), 'groundcrew-template-'))
  try {
    const bare = { ...context, 'aws:cdk:bundling-stacks': [] }
    return synthesizer().synthesize({ outdir, context: bare }).template
  } finally {
    rmSync(outdir, { recursive: true })
  }
}

export const template = (context: Record<string, unknown> = {}): Template =>
  JSON.parse(kept('template', context, () => newTemplate(context)))

export const backend = (context?: Record<string, unknown>) => {
  const source = template(context)
  const { resources } = readTemplate(source, { stackName: 'Groundcrew', region })
  const ofType = (type: string) => [...resources.values()].filter((resource) => resource.type === type)

  const statements = (roleName: string, properties: unknown): Statement[] => [
    ...RoleProperties.parse(properties).Policies.flatMap((policy) => policy.PolicyDocument.Statement),
    ...ofType('AWS::IAM::Policy')
      .map((policy) => PolicyProperties.parse(policy.properties))
      .filter((policy) => policy.Roles.includes(roleName))
      .flatMap((policy) => policy.PolicyDocument.Statement),
  ]
  const roles = ofType('AWS::IAM::Role').map(({ logicalId, physicalId, arn = '', properties }) => ({
    logicalId,
    arn,
    trust: at(properties, 'AssumeRolePolicyDocument'),
    managed: RoleProperties.parse(properties).ManagedPolicyArns,
    statements: statements(physicalId, properties),
  }))

  /** A function by the name of its file: construct paths become logical ids without their hyphens. */
  const fn = (name: string) => {
    const found = ofType('AWS::Lambda::Function').filter(({ logicalId }) =>
      logicalId.includes(`${name.replaceAll('-', '')}Function`),
    )
    const [only] = found
    if (!only || found.length > 1) throw new Error(`${found.length} functions are named ${name}`)
    const role = roles.find(({ arn }) => arn === only.properties.Role)
    if (!role) throw new Error(`${name} has no role in the stack`)
    return { ...only, role, environment: at(only.properties, 'Environment', 'Variables') }
  }

  /** The only resource of a type, or of those in a construct by the name of it. */
  const one = (type: string, construct = '') => {
    const [only, ...others] = ofType(type).filter(({ logicalId }) => logicalId.startsWith(construct))
    if (!only || others.length > 0) throw new Error(`The stack has not exactly one ${type}`)
    return only
  }
  return { source, resources, roles, ofType, one, fn }
}
