import { randomUUID } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import * as z from 'zod'
import type { Session } from '../iam/principals.ts'
import type { QueueAccess } from './queue-access.ts'
import { runSqsOperation, SqsError } from './sqs-operations.ts'

type Needs = {
  queues: QueueAccess
  /** Checks the signature; throws an error with `code` and `message`. */
  authenticate: (request: IncomingMessage, body: Buffer) => Promise<Session>
  /** Checks a permission on a queue, or on no specific one; throws an error with `code` and `message`. */
  authorize: (session: Session, request: { action: string; resource: string }) => void
}

/** The errors of the checks. */
const Refusal = z.object({ code: z.string(), message: z.string() })

const refused = (error: unknown): SqsError => {
  const { code, message } = Refusal.parse(error)
  return new SqsError(code, message, { status: code === 'AccessDeniedException' ? 403 : 400 })
}

const parseInput = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw new SqsError('SerializationException', 'The body is not JSON.')
  }
}

const handle = async (request: IncomingMessage, use: Needs): Promise<object> => {
  const body = await buffer(request)
  const session = await use.authenticate(request, body).catch((error: unknown) => {
    throw refused(error)
  })
  const [, name = ''] = /^AmazonSQS\.(\w+)$/.exec(String(request.headers['x-amz-target'])) ?? []
  return runSqsOperation(name, parseInput(body), {
    queues: use.queues,
    permit: (action, queue) => {
      try {
        // A queue's policy counts too, and its denial is the stronger one.
        if (queue) use.queues.check(session, [action], queue.settings.arn)
        else use.authorize(session, { action, resource: '*' })
      } catch (error) {
        throw new SqsError('AccessDeniedException', error instanceof Error ? error.message : '', {
          status: 403,
        })
      }
    },
  })
}

const reply = (response: ServerResponse, status: number, body: object, headers = {}): void => {
  response
    .writeHead(status, {
      'content-type': 'application/x-amz-json-1.0',
      'x-amzn-requestid': randomUUID(),
      ...headers,
    })
    .end(JSON.stringify(body))
}

/**
 * SQS for operators: an HTTP request listener for the AWS JSON protocol, so that `npm run redrive` and the
 * AWS CLI see this machine's queues. Lambda, topic rules and EventBridge do not use it.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-json.html
 */
export const createSqsApi =
  (use: Needs): RequestListener =>
  (request, response) => {
    handle(request, use).then(
      (body) => reply(response, 200, body),
      (error: unknown) => {
        const known = error instanceof SqsError
        if (!known) console.error('The local SQS failed', error)
        const { code, status, queryError, message } = known
          ? error
          : new SqsError('InternalFailure', 'The local SQS failed.', { status: 500 })
        const sender = status < 500 ? 'Sender' : 'Receiver'
        reply(
          response,
          status,
          { __type: `com.amazonaws.sqs#${code}`, message },
          { 'x-amzn-query-error': `${queryError};${sender}` },
        )
      },
    )
  }
