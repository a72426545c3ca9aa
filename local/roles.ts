import * as z from 'zod'
import { declared, Ignored, Num, type Resources } from './declared.ts'
import { explain } from './iam/evaluate.ts'
import type { Principals, RoleDefinition, Session } from './iam/principals.ts'

const InlinePolicy = z.strictObject({ PolicyName: Ignored, PolicyDocument: z.unknown() })
const RoleProperties = z.strictObject({
  AssumeRolePolicyDocument: z.unknown(),
  Description: Ignored,
  MaxSessionDuration: Num.default(3600),
  Policies: z.array(InlinePolicy).default([]),
  RoleName: Ignored,
  Tags: Ignored,
})
const PolicyProperties = z.strictObject({
  PolicyDocument: z.unknown(),
  PolicyName: Ignored,
  Roles: z.array(z.string()),
})

/** The template's roles with all their policies. Managed policies are not emulated. */
export const readRoles = (resources: Resources): RoleDefinition[] => {
  const policies = declared(resources, 'AWS::IAM::Policy', PolicyProperties)
  return declared(resources, 'AWS::IAM::Role', RoleProperties).map(({ physicalId, arn, properties: p }) => ({
    arn,
    name: physicalId,
    policies: [
      ...p.Policies.map((policy) => policy.PolicyDocument),
      ...policies
        .filter(({ properties }) => properties.Roles.includes(physicalId))
        .map(({ properties }) => properties.PolicyDocument),
    ],
    trust: p.AssumeRolePolicyDocument,
    maxSessionSeconds: p.MaxSessionDuration,
  }))
}

/** A service renews its sessions by itself; ours last longer than a process. */
const sessionSeconds = 10 * 365 * 86_400

/**
 * A session of a role for an AWS service: Lambda for a function, IoT for a rule.
 * @throws Error if the role does not trust the service.
 */
export const assumeAsService = async (
  principals: Principals,
  use: { roleArn: string; service: string; sourceArn: string; sessionName: string },
): Promise<{
  session: Session
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken: string }
}> => {
  const trust = principals.role(use.roleArn)?.trust
  if (!trust) throw new Error(`${use.roleArn} is no role of the template`)
  const { decision } = explain(
    { identity: [], resource: trust, resourceMustAllow: true },
    {
      action: 'sts:AssumeRole',
      resource: use.roleArn,
      caller: { kind: 'service', service: use.service },
      context: { 'aws:SourceArn': use.sourceArn, 'aws:SourceAccount': use.sourceArn.split(':')[4] ?? '' },
    },
  )
  if (decision !== 'allow') throw new Error(`${use.roleArn} does not trust ${use.service}`)
  return principals.issue(use.roleArn, { sessionName: use.sessionName, durationSeconds: sessionSeconds })
}
