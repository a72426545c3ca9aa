import * as z from 'zod'
import { type Authorization, authorize } from './authorize.ts'
import type { RequestContext } from './context.ts'
import { parsePolicy } from './policy.ts'
import type { Credentials, Principals, Role, Session } from './principals.ts'

/** The parameters of AssumeRole, as far as they are emulated. */
export type AssumeRoleRequest = {
  roleArn: string
  sessionName: string
  durationSeconds: number
  policy?: string
  tags: readonly { key: string; value: string }[]
  sourceIdentity?: string
}

/** A refusal with STS's code and status. */
export type StsFailure = { outcome: 'refused'; code: string; status: number; message: string }

export type AssumedRole = { outcome: 'assumed'; credentials: Credentials; session: Session }

/** Refuses with STS's code for invalid parameters. */
export const invalid = (message: string): StsFailure => ({
  outcome: 'refused',
  code: 'ValidationError',
  status: 400,
  message,
})

const name = z.string().regex(/^[\w+=,.@-]{2,64}$/)
const tagText = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const Limits = z.object({
  roleArn: z.string().min(20).max(2048),
  sessionName: name,
  durationSeconds: z.int().min(900).max(43_200),
  policy: z.string().min(1).max(2048).optional(),
  tags: z
    .array(
      z.object({
        key: z
          .string()
          .min(1)
          .max(128)
          .regex(tagText)
          .refine((key) => !key.toLowerCase().startsWith('aws:'), 'aws: is reserved'),
        value: z.string().max(256).regex(tagText),
      }),
    )
    .max(50),
  sourceIdentity: name.refine((text) => !text.startsWith('aws:'), 'aws: is reserved').optional(),
})

const longestChainedSeconds = 3600

const limitProblem = (request: AssumeRoleRequest, role: Role | undefined): string | undefined => {
  const read = Limits.safeParse(request)
  if (!read.success) return z.prettifyError(read.error)
  const keys = request.tags.map(({ key }) => key.toLowerCase())
  if (new Set(keys).size < keys.length) return 'Duplicate tag keys found. Tag keys are case insensitive.'
  if (role && request.durationSeconds > role.maxSessionSeconds) {
    return 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.'
  }
  // Every caller here is a role session, so every AssumeRole is role chaining.
  return request.durationSeconds > longestChainedSeconds
    ? 'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.'
    : undefined
}

const readJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const policyProblem = (policy: string | undefined): string | undefined => {
  if (policy === undefined) return undefined
  const parsed = parsePolicy(readJson(policy), 'identity')
  return parsed.outcome === 'refused' ? parsed.reason : undefined
}

const contextOf = (request: AssumeRoleRequest): RequestContext => ({
  ...Object.fromEntries(request.tags.map(({ key, value }) => [`aws:RequestTag/${key}`, value])),
  ...(request.tags.length > 0 ? { 'aws:TagKeys': request.tags.map(({ key }) => key) } : {}),
})

const denied = (message: string): StsFailure => ({
  outcome: 'refused',
  code: 'AccessDenied',
  status: 403,
  message,
})

/**
 * AssumeRole: checks the caller's permissions on the role and the role's trust in the caller, once for each
 * of `sts:AssumeRole`, `sts:TagSession` and `sts:SetSourceIdentity` that the request needs, then issues a
 * session. It stores nothing; a repeat gives other credentials with the same permissions.
 *
 * Sources: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html,
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html,
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html
 */
export const assumeRole = async (
  principals: Principals,
  caller: Session,
  request: AssumeRoleRequest,
): Promise<AssumedRole | StsFailure> => {
  const role = principals.role(request.roleArn)
  const problem = limitProblem(request, role)
  if (problem) return invalid(problem)
  const malformed = policyProblem(request.policy)
  if (malformed)
    return { outcome: 'refused', code: 'MalformedPolicyDocument', status: 400, message: malformed }

  // A session passes it on, with or without a request.
  const sourceIdentity = caller.sourceIdentity ?? request.sourceIdentity
  const check = (action: string): Authorization =>
    authorize(caller, {
      action,
      resource: request.roleArn,
      context: contextOf(request),
      resourceMustAllow: true,
      ...(role ? { resourcePolicy: role.trust } : {}),
    })
  const actions = ['sts:AssumeRole']
  if (request.tags.length > 0) actions.push('sts:TagSession')
  if (sourceIdentity !== undefined) actions.push('sts:SetSourceIdentity')
  for (const action of actions) {
    const answer = check(action)
    if (answer.outcome === 'denied') return denied(answer.message)
  }
  if (sourceIdentity !== undefined && sourceIdentity !== (request.sourceIdentity ?? sourceIdentity)) {
    return denied('The source identity of a session cannot be changed when it assumes another role.')
  }
  const issued = await principals.issue(request.roleArn, {
    sessionName: request.sessionName,
    durationSeconds: request.durationSeconds,
    tags: Object.fromEntries(request.tags.map(({ key, value }) => [key, value])),
    ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
    ...(request.policy === undefined ? {} : { sessionPolicy: readJson(request.policy) }),
  })
  return { outcome: 'assumed', ...issued }
}
