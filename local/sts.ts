import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { XMLBuilder } from 'fast-xml-parser'
import { type AssumeRoleRequest, assumeRole, invalid, type StsFailure } from './iam/assume-role.ts'
import { authenticate } from './iam/authenticate.ts'
import type { Principals, Session } from './iam/principals.ts'

type Answer = { status: number; body: Record<string, unknown> }

const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/'
const largestBodyBytes = 64 * 1024
const xml = new XMLBuilder({ ignoreAttributes: false, suppressEmptyNode: false })

const failed = ({ code, status, message }: Omit<StsFailure, 'outcome'>): Answer => ({
  status,
  body: {
    ErrorResponse: {
      '@_xmlns': namespace,
      Error: { Type: 'Sender', Code: code, Message: message },
      RequestId: randomUUID(),
    },
  },
})

const succeeded = (action: string, result: Record<string, unknown>): Answer => ({
  status: 200,
  body: {
    [`${action}Response`]: {
      '@_xmlns': namespace,
      [`${action}Result`]: result,
      ResponseMetadata: { RequestId: randomUUID() },
    },
  },
})

/** The values of `Tags.member.1.Key` and `….Value`, `Tags.member.2.Key`, …, in order. */
const tagsIn = (form: URLSearchParams): AssumeRoleRequest['tags'] => {
  const tags: { key: string; value: string }[] = []
  const member = (field: string) => form.get(`Tags.member.${tags.length + 1}.${field}`)
  for (let key = member('Key'); key !== null; key = member('Key'))
    tags.push({ key, value: member('Value') ?? '' })
  return tags
}

const single: Record<string, true> = {
  Action: true,
  Version: true,
  RoleArn: true,
  RoleSessionName: true,
  DurationSeconds: true,
  Policy: true,
  SourceIdentity: true,
}

/** A parameter that would change the outcome and is not emulated. */
const unknownParameter = (form: URLSearchParams): string | undefined =>
  [...form.keys()].find(
    (name) => !Object.hasOwn(single, name) && !/^Tags\.member\.\d+\.(Key|Value)$/.test(name),
  )

const readAssumeRole = (form: URLSearchParams): AssumeRoleRequest => {
  const policy = form.get('Policy')
  const sourceIdentity = form.get('SourceIdentity')
  return {
    roleArn: form.get('RoleArn') ?? '',
    sessionName: form.get('RoleSessionName') ?? '',
    durationSeconds: Number(form.get('DurationSeconds') ?? 3600),
    tags: tagsIn(form),
    ...(policy === null ? {} : { policy }),
    ...(sourceIdentity === null ? {} : { sourceIdentity }),
  }
}

const answerAssumeRole = async (principals: Principals, caller: Session, form: URLSearchParams) => {
  const unknown = unknownParameter(form)
  if (unknown) return failed(invalid(`${unknown} is not emulated by the local runtime.`))
  const outcome = await assumeRole(principals, caller, readAssumeRole(form))
  if (outcome.outcome === 'refused') return failed(outcome)
  const { credentials, session } = outcome
  return succeeded('AssumeRole', {
    AssumedRoleUser: { AssumedRoleId: session.userId, Arn: session.arn },
    Credentials: {
      AccessKeyId: credentials.accessKeyId,
      SecretAccessKey: credentials.secretAccessKey,
      SessionToken: credentials.sessionToken,
      // STS returns whole seconds.
      Expiration: `${credentials.expiration.toISOString().slice(0, 19)}Z`,
    },
    ...(session.sourceIdentity === undefined ? {} : { SourceIdentity: session.sourceIdentity }),
  })
}

const answerAction = async (
  principals: Principals,
  caller: Session,
  form: URLSearchParams,
): Promise<Answer> => {
  const action = form.get('Action')
  if (action === 'AssumeRole') return answerAssumeRole(principals, caller, form)
  if (action === 'GetCallerIdentity') {
    return succeeded(action, { UserId: caller.userId, Account: caller.role.account, Arn: caller.arn })
  }
  const message = `Could not find operation ${action ?? ''}; the local runtime has AssumeRole and GetCallerIdentity.`
  return failed({ code: 'InvalidAction', status: 400, message })
}

const readBody = async (request: IncomingMessage): Promise<Buffer | undefined> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size <= largestBodyBytes) chunks.push(chunk)
  }
  return size > largestBodyBytes ? undefined : Buffer.concat(chunks)
}

const answer = async (principals: Principals, request: IncomingMessage): Promise<Answer> => {
  const body = await readBody(request)
  if (body === undefined) return failed(invalid('The request is too large.'))
  const { method = '', url = '', headers } = request
  const identity = await authenticate(principals, { service: 'sts', method, url, headers, body })
  if (identity.outcome === 'refused') return failed(identity)
  return answerAction(principals, identity.session, new URLSearchParams(body.toString('utf8')))
}

/**
 * The STS of the local runtime: AssumeRole and GetCallerIdentity in the query protocol. A request listener
 * for `node:http`; SDK clients reach it through `AWS_ENDPOINT_URL_STS`. It keeps nothing between requests.
 *
 * Sources: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html,
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 */
export const createSts =
  (use: { principals: Principals }) =>
  async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { status, body } = await answer(use.principals, request).catch(() => {
      const message = 'The request processing has failed because of an unknown error.'
      return failed({ code: 'InternalFailure', status: 500, message })
    })
    response.writeHead(status, { 'content-type': 'text/xml' })
    response.end(`<?xml version="1.0" encoding="UTF-8"?>\n${xml.build(body)}`)
  }
