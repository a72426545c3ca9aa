import { holds } from './conditions.ts'
import type { RequestContext } from './context.ts'
import { compareArn, compareLike } from './pattern.ts'
import type { Policy, PrincipalElement, Statement } from './policy.ts'

/** The caller: a session of a role, or an AWS service acting for itself (a rule that sends to a queue). */
export type Caller =
  | { kind: 'session'; account: string; roleArn: string; sessionArn: string }
  | { kind: 'service'; service: string }

/** `caller` may be left out if no resource policy is involved. */
export type AccessRequest = { action: string; resource: string; caller?: Caller; context: RequestContext }

/**
 * The policies that apply. `resourceMustAllow`: for role trust, where an identity policy alone allows
 * nothing.
 */
export type ApplicablePolicies = {
  identity: readonly Policy[]
  session?: Policy
  resource?: Policy
  resourceMustAllow?: boolean
}

export type Decision = 'allow' | 'implicitDeny' | 'explicitDeny'

/** A decision and, for a denial, the kind of policy it comes from. */
export type Explanation =
  | { decision: 'allow' }
  | { decision: 'implicitDeny' | 'explicitDeny'; by: 'identity' | 'session' | 'resource' }

const applies = (statement: Statement, { action, resource, context }: AccessRequest): boolean =>
  statement.action.some(
    (pattern) => compareLike(pattern.toLowerCase(), action.toLowerCase(), {}) === 'matches',
  ) &&
  (statement.resource?.some((pattern) => compareArn(pattern, resource, context) === 'matches') ?? true) &&
  statement.conditions.every((condition) => holds(condition, context))

/**
 * How a resource policy names the caller. `session`: this exact session; a session policy does not narrow
 * such a grant. `direct`: its role, its service or everyone. `account`: only its account, which delegates to
 * the account's identity policies and grants nothing by itself.
 */
type Naming = 'session' | 'direct' | 'account' | undefined

const naming = (principal: PrincipalElement | undefined, caller: Caller | undefined): Naming => {
  if (principal === undefined || caller === undefined) return undefined
  if (caller.kind === 'service') {
    return principal.anyone || principal.services.includes(caller.service) ? 'direct' : undefined
  }
  if (principal.aws.includes(caller.sessionArn)) return 'session'
  if (principal.anyone || principal.aws.includes(caller.roleArn)) return 'direct'
  const account = [caller.account, `arn:aws:iam::${caller.account}:root`]
  return principal.aws.some((name) => account.includes(name)) ? 'account' : undefined
}

const says = (policy: Policy, effect: Statement['effect'], request: AccessRequest): boolean =>
  policy.statements.some((statement) => statement.effect === effect && applies(statement, request))

const namings = (policy: Policy | undefined, effect: Statement['effect'], request: AccessRequest) =>
  new Set(
    (policy?.statements ?? [])
      .filter((statement) => statement.effect === effect && applies(statement, request))
      .map((statement) => naming(statement.principal, request.caller))
      .filter((name) => name !== undefined),
  )

const findDeny = (policies: ApplicablePolicies, request: AccessRequest): Explanation | undefined => {
  if (policies.identity.some((policy) => says(policy, 'Deny', request))) {
    return { decision: 'explicitDeny', by: 'identity' }
  }
  if (policies.session && says(policies.session, 'Deny', request)) {
    return { decision: 'explicitDeny', by: 'session' }
  }
  const denied = namings(policies.resource, 'Deny', request).size > 0
  return denied ? { decision: 'explicitDeny', by: 'resource' } : undefined
}

/**
 * Decides a request within one account, as AWS does: an explicit deny anywhere wins; otherwise the identity
 * policies or the resource policy must allow it; a session policy then narrows what they allow. Pure.
 *
 * Sources:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html,
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
export const explain = (policies: ApplicablePolicies, request: AccessRequest): Explanation => {
  const denied = findDeny(policies, request)
  if (denied) return denied
  const granted = namings(policies.resource, 'Allow', request)
  if (policies.resourceMustAllow && granted.size === 0) return { decision: 'implicitDeny', by: 'resource' }
  if (granted.has('session')) return { decision: 'allow' }
  const byIdentity = policies.identity.some((policy) => says(policy, 'Allow', request))
  if (!byIdentity && !granted.has('direct')) return { decision: 'implicitDeny', by: 'identity' }
  if (policies.session && !says(policies.session, 'Allow', request)) {
    return { decision: 'implicitDeny', by: 'session' }
  }
  return { decision: 'allow' }
}

/** `explain` without the reason. */
export const evaluate = (policies: ApplicablePolicies, request: AccessRequest): Decision =>
  explain(policies, request).decision
