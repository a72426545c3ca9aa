import { randomUUID } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import * as z from 'zod'
import type { Session } from './iam/principals.ts'

/**
 * An account's secrets, as text, by their full ARNs. The owner of the map may change it while the stack runs.
 */
export type Secrets = ReadonlyMap<string, string>

type Needs = {
  secrets: Pick<Secrets, 'get'>
  /** Checks the signature; throws an error with `code` and `message`. */
  authenticate: (request: IncomingMessage, body: Buffer) => Promise<Session>
  /** Checks a permission; throws an error with `code` and `message`. */
  authorize: (session: Session, request: { action: string; resource: string }) => void
}

const Refusal = z.object({ code: z.string(), message: z.string() })
const GetSecretValue = z.strictObject({ SecretId: z.string().startsWith('arn:') })

const refuse = (code: string, message: string): Error => Object.assign(new Error(message), { code })

const parseInput = (body: Buffer): { SecretId: string } => {
  try {
    return GetSecretValue.parse(JSON.parse(body.toString('utf8')))
  } catch {
    throw refuse('InvalidParameterException', 'Only a SecretId that is a full ARN is emulated.')
  }
}

const handle = async (request: IncomingMessage, use: Needs): Promise<object> => {
  const body = await buffer(request)
  const session = await use.authenticate(request, body)
  if (request.headers['x-amz-target'] !== 'secretsmanager.GetSecretValue')
    throw refuse('InvalidAction', 'The local runtime has GetSecretValue only.')
  const { SecretId } = parseInput(body)
  use.authorize(session, { action: 'secretsmanager:GetSecretValue', resource: SecretId })
  const SecretString = use.secrets.get(SecretId)
  if (SecretString === undefined)
    throw refuse('ResourceNotFoundException', "Secrets Manager can't find the specified secret.")
  return { ARN: SecretId, SecretString, VersionStages: ['AWSCURRENT'] }
}

const reply = (response: ServerResponse, status: number, body: object): void => {
  response
    .writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() })
    .end(JSON.stringify(body))
}

/**
 * Secrets Manager as functions need it: an HTTP request listener that answers GetSecretValue to roles that
 * may call it.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
 */
export const createSecretsManager =
  (use: Needs): RequestListener =>
  (request, response) => {
    handle(request, use).then(
      (body) => reply(response, 200, body),
      (error: unknown) => {
        const { code, message } = Refusal.safeParse(error).data ?? {
          code: 'InternalServiceError',
          message: 'The local Secrets Manager failed.',
        }
        reply(response, code === 'InternalServiceError' ? 500 : 400, { __type: code, message })
      },
    )
  }
