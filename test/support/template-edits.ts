import assert from 'node:assert/strict'
import * as z from 'zod'
import type { Template } from '../../lib/synthesize.ts'

const Document = z.looseObject({
  Statement: z.array(z.looseObject({ Action: z.unknown(), Resource: z.unknown().optional() })),
})
const InlinePolicies = z.array(z.looseObject({ PolicyDocument: z.unknown() }))

/** A right as a template grants it; `on`: only on the resources whose text has this. */
export type Grant = { holder: string; action: string; on?: RegExp }

const withoutGrant = (document: unknown, { action, on = /^/ }: Grant) => {
  let taken = 0
  const rest = (values: unknown[], wanted: (value: unknown) => boolean): unknown[] => {
    const left = values.filter((value) => !wanted(value))
    taken += values.length - left.length
    return left
  }
  const policy = Document.parse(document)
  const Statement = policy.Statement.flatMap((statement) => {
    const actions = [statement.Action].flat()
    const resources = [statement.Resource].flat()
    if (!actions.includes(action) || !resources.some((one) => on.test(`${JSON.stringify(one)}`)))
      return [statement]
    const others = actions.filter((one) => one !== action)
    // The right goes where no resource is left; a trust policy's statements have none to begin with.
    const spared = rest(resources, (one) => on.test(`${JSON.stringify(one)}`))
    return [
      ...(others.length > 0 ? [{ ...statement, Action: others }] : []),
      ...(spared.length > 0 ? [{ ...statement, Action: action, Resource: spared }] : []),
    ]
  })
  return { policy: { ...policy, Statement }, taken }
}

/**
 * For the runtime's `alter`: takes a right out of the policies of the resources whose logical id begins with
 * `holder`. Fails where there is nothing to take, so that a story cannot pass because a name has changed.
 */
export const removeGrant =
  (grant: Grant) =>
  (template: Template): void => {
    let total = 0
    const take = (document: unknown) => {
      const { policy, taken } = withoutGrant(document, grant)
      total += taken
      return policy
    }
    for (const [id, { Properties }] of Object.entries(template.Resources)) {
      if (!id.startsWith(grant.holder) || !Properties) continue
      for (const document of ['PolicyDocument', 'AssumeRolePolicyDocument'])
        if (Properties[document]) Properties[document] = take(Properties[document])
      if (Properties.Policies)
        Properties.Policies = InlinePolicies.parse(Properties.Policies).map((inline) => ({
          ...inline,
          PolicyDocument: take(inline.PolicyDocument),
        }))
    }
    assert(total > 0, `nothing that begins with ${grant.holder} may ${grant.action}`)
  }

const Told = z.looseObject({ Environment: z.looseObject({ Variables: z.record(z.string(), z.unknown()) }) })

/** For `alter`: what the environment of the one function whose logical id begins with `holder` also says. */
export const tellFunction =
  (holder: string, variables: Record<string, string>) =>
  (template: Template): void => {
    const found = Object.entries(template.Resources).filter(
      ([id, { Type }]) => id.startsWith(holder) && Type === 'AWS::Lambda::Function',
    )
    const [[, one] = []] = found
    assert(one && found.length === 1, `${found.length} functions begin with ${holder}`)
    const { Environment, ...rest } = Told.parse(one.Properties)
    one.Properties = { ...rest, Environment: { Variables: { ...Environment.Variables, ...variables } } }
  }
