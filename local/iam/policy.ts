import * as z from 'zod'
import { type Condition, readOperator } from './conditions.ts'
import { isSuppliedKey } from './context.ts'
import { unknownVariable } from './pattern.ts'

/** The principals of a resource policy. `anyone` is `"*"`; `aws` holds role and session ARNs and accounts. */
export type PrincipalElement = { anyone: boolean; aws: readonly string[]; services: readonly string[] }

export type Statement = {
  effect: 'Allow' | 'Deny'
  principal?: PrincipalElement
  action: readonly string[]
  resource?: readonly string[]
  conditions: readonly Condition[]
}

/** A parsed policy document that can be evaluated in full. */
export type Policy = { statements: readonly Statement[] }

/**
 * Where a document is attached: to an identity (a role's policies, session policies, IoT policies), to a
 * resource (bucket and queue policies), or to a role as its trust policy. It decides which elements are
 * required and which are forbidden.
 */
export type PolicyKind = 'identity' | 'resource' | 'trust'

export type ParsedPolicy = { outcome: 'parsed'; policy: Policy } | { outcome: 'refused'; reason: string }

// Not a union: its message would not name the faulty element.
const oneOrMore = <T extends z.ZodType>(item: T) =>
  z.preprocess((value) => (Array.isArray(value) ? value : [value]), z.array(item).min(1))
const Strings = oneOrMore(z.string())
const Scalar = z.union([z.string(), z.boolean(), z.number()]).transform(String)

const Principal = z.preprocess(
  (value) => (value === '*' ? { AWS: '*' } : value),
  z.strictObject({ AWS: Strings.optional(), Service: Strings.optional() }),
)

const Document = z.strictObject({
  // Older versions treat `${…}` as plain text; nothing here writes them.
  Version: z.literal('2012-10-17'),
  Id: z.string().optional(),
  Statement: oneOrMore(
    z.strictObject({
      Sid: z.string().optional(),
      Effect: z.enum(['Allow', 'Deny']),
      Principal: Principal.optional(),
      Action: Strings,
      Resource: Strings.optional(),
      Condition: z.record(z.string(), z.record(z.string(), oneOrMore(Scalar))).default({}),
    }),
  ),
})

type DocumentStatement = z.infer<typeof Document>['Statement'][number]

const elementProblem = (statement: DocumentStatement, kind: PolicyKind): string | undefined => {
  if ((statement.Resource !== undefined) === (kind === 'trust'))
    return kind === 'trust' ? 'no Resource' : 'a Resource'
  if ((statement.Principal === undefined) !== (kind === 'identity')) {
    return kind === 'identity' ? 'no Principal' : 'a Principal'
  }
  return undefined
}

const conditionsOf = (statement: DocumentStatement): Condition[] | string => {
  const result: Condition[] = []
  for (const [name, keys] of Object.entries(statement.Condition)) {
    const operator = readOperator(name)
    if (operator === undefined) return `unknown condition operator ${name}`
    for (const [key, values] of Object.entries(keys)) {
      if (!isSuppliedKey(key)) return `unknown condition key ${key}`
      result.push({ ...operator, key, values })
    }
  }
  return result
}

const readStatement = (statement: DocumentStatement, kind: PolicyKind): Statement | string => {
  const problem = elementProblem(statement, kind)
  if (problem) return `a statement of this policy needs ${problem}`
  const conditions = conditionsOf(statement)
  if (typeof conditions === 'string') return conditions
  const { Resource: resource } = statement
  const withVariables = [...(resource ?? []), ...conditions.flatMap(({ values }) => values)]
  const unknown = withVariables.map(unknownVariable).find((name) => name !== undefined)
  if (unknown !== undefined) return `unknown policy variable \${${unknown}}`
  const { AWS: aws = [], Service: services = [] } = statement.Principal ?? {}
  return {
    effect: statement.Effect,
    ...(statement.Principal ? { principal: { anyone: aws.includes('*'), aws, services } } : {}),
    action: statement.Action,
    ...(resource ? { resource } : {}),
    conditions,
  }
}

/**
 * Parses a policy document strictly. Anything that would not be evaluated as AWS does (an element, a
 * condition operator, a condition key, a policy variable) is refused by name: a policy that is half
 * understood grants something nobody wrote. At the start a refusal stops the runtime; for a session policy it
 * is STS's MalformedPolicyDocument.
 *
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export const parsePolicy = (document: unknown, kind: PolicyKind): ParsedPolicy => {
  const read = Document.safeParse(document)
  if (!read.success) return { outcome: 'refused', reason: z.prettifyError(read.error) }
  const statements: Statement[] = []
  for (const statement of read.data.Statement) {
    const result = readStatement(statement, kind)
    if (typeof result === 'string') return { outcome: 'refused', reason: result }
    statements.push(result)
  }
  return { outcome: 'parsed', policy: { statements } }
}

/** `parsePolicy` for documents of the template: throws, with the owner's name, if it is refused. */
export const requirePolicy = (document: unknown, kind: PolicyKind, owner: string): Policy => {
  const parsed = parsePolicy(document, kind)
  if (parsed.outcome === 'refused') throw new Error(`Policy of ${owner} cannot be emulated: ${parsed.reason}`)
  return parsed.policy
}
