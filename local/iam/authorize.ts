import { channel } from 'node:diagnostics_channel'
import type { RequestContext } from './context.ts'
import { type Explanation, explain } from './evaluate.ts'
import type { Policy } from './policy.ts'
import type { Session } from './principals.ts'

/**
 * An action that a session attempts. `action` and `resource` as in the IAM service reference
 * (`dynamodb:UpdateItem`, the ARN of the table or index); `context` holds facts that only the server knows
 * (`RequestContext`).
 */
export type AccessAttempt = {
  action: string
  resource: string
  context?: RequestContext
  resourcePolicy?: Policy
  /** For role trust: the resource policy must allow it, whatever else does. */
  resourceMustAllow?: boolean
}

/** The message on `rightsUsed`: the role's name, and the action. */
type UsedRight = { role: string; action: string; resource: string }

/** Publishes every permission that allowed an action, for tests that compare it with the granted ones. */
export const rightsUsed = channel('groundcrew:rights-used')

/** `message` is the sentence AWS puts into an AccessDenied error; every protocol wraps it in its own form. */
export type Authorization = { outcome: 'allowed' } | { outcome: 'denied'; message: string }

/**
 * The facts about the caller that policies may refer to.
 *
 * `aws:SecureTransport` is "true": the runtime listens on the loopback interface only, which stands for the
 * TLS that AWS would see. So a bucket policy that refuses plain HTTP is in force here without refusing
 * everything.
 */
const sessionContext = (session: Session): RequestContext => ({
  ...Object.fromEntries(
    Object.entries(session.tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value]),
  ),
  'aws:SecureTransport': 'true',
})

const because = (explanation: Exclude<Explanation, { decision: 'allow' }>, action: string): string => {
  const policy = explanation.by === 'session' ? 'session policy' : `${explanation.by}-based policy`
  return explanation.decision === 'explicitDeny'
    ? `with an explicit deny in ${policy.startsWith('i') ? 'an' : 'a'} ${policy}`
    : `because no ${policy} allows the ${action} action`
}

/**
 * Decides whether a session may do something: role ∩ session policy, and the resource's own policy. Every
 * server of the runtime calls it after `authenticate`; a retry gets the same answer.
 *
 * Source of the wording: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
export const authorize = (session: Session, attempt: AccessAttempt): Authorization => {
  const { action, resource, resourcePolicy, resourceMustAllow } = attempt
  const explanation = explain(
    {
      identity: session.role.policies,
      ...(session.policy ? { session: session.policy } : {}),
      ...(resourcePolicy ? { resource: resourcePolicy } : {}),
      ...(resourceMustAllow ? { resourceMustAllow } : {}),
    },
    {
      action,
      resource,
      caller: {
        kind: 'session',
        account: session.role.account,
        roleArn: session.role.arn,
        sessionArn: session.arn,
      },
      context: { ...attempt.context, ...sessionContext(session) },
    },
  )
  if (explanation.decision === 'allow') {
    rightsUsed.publish({ role: session.role.name, action, resource } satisfies UsedRight)
    return { outcome: 'allowed' }
  }
  return {
    outcome: 'denied',
    message: `User: ${session.arn} is not authorized to perform: ${action} on resource: ${resource} ${because(explanation, action)}`,
  }
}

/** An AWS service that acts for a resource of the account. */
export type ServiceCaller = { service: string; sourceArn: string; sourceAccount: string }

/**
 * The same for an AWS service that acts in its own name, as CloudFront does with an origin access control:
 * only the resource's own policy can allow it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
export const authorizeService = (
  { service, sourceArn, sourceAccount }: ServiceCaller,
  { action, resource, context, resourcePolicy }: AccessAttempt,
): Authorization => {
  const policies = { identity: [], ...(resourcePolicy ? { resource: resourcePolicy } : {}) }
  const explanation = explain(
    { ...policies, resourceMustAllow: true },
    {
      action,
      resource,
      caller: { kind: 'service', service },
      context: {
        ...context,
        'aws:SourceArn': sourceArn,
        'aws:SourceAccount': sourceAccount,
        'aws:SecureTransport': 'true',
      },
    },
  )
  if (explanation.decision === 'allow') return { outcome: 'allowed' }
  return {
    outcome: 'denied',
    message: `${service} is not authorized to perform: ${action} on resource: ${resource} ${because(explanation, action)}`,
  }
}
