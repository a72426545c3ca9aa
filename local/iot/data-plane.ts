/**
 * The HTTP side of the AWS IoT data plane: `POST /topics/{topic}?qos=…&retain=…&messageExpiry=…` with the raw
 * payload as body.
 * https://docs.aws.amazon.com/iot/latest/apireference/API_iotdata_Publish.html
 *
 * `messageExpiry`, in seconds, is a query parameter: so the client of @aws-sdk/client-iot-data-plane 3.1138
 * sends it. Functions call this to send commands. A repeat publishes again, as in AWS. Errors have AWS's
 * names, in the header `x-amzn-errortype`.
 */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import * as z from 'zod'
import type { Broker } from './broker.ts'
import { awsLimits, publishFault } from './limits.ts'

/**
 * `authenticate` checks the signature, `authorize` the permission; both throw an error whose message says
 * what is missing.
 */
export type DataPlaneOptions<Session> = {
  authenticate: (request: IncomingMessage, body: Buffer) => Promise<Session>
  authorize: (session: Session, request: { action: string; resource: string }) => void
  publish: Broker['publish']
  region: string
  accountId: string
}

class PublishError extends Error {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

const invalid = (message: string) => new PublishError(400, 'InvalidRequestException', message)

/** Whatever the signature or the permission lacks, the data plane answers 403. */
const forbidden = (error: unknown) =>
  new PublishError(403, 'ForbiddenException', error instanceof Error ? error.message : 'Forbidden')

const Query = z.object({
  qos: z.enum(['0', '1']).default('0'),
  retain: z.enum(['true', 'false']).default('false'),
  messageExpiry: z.coerce.number().int().positive().optional(),
})

/**
 * Reads to the end even if it is too much, so that the caller gets an answer instead of a broken
 * connection.
 */
const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk)
    length += bytes.length
    if (length <= awsLimits.payloadBytes) chunks.push(bytes)
  }
  if (length > awsLimits.payloadBytes)
    throw new PublishError(413, 'RequestEntityTooLargeException', 'The payload exceeds 128 KB')
  return Buffer.concat(chunks)
}

/** The topic is one path segment, percent-encoded; slashes left as they are work too, as in AWS. */
const topicOf = (pathname: string): string => {
  if (!pathname.startsWith('/topics/'))
    throw new PublishError(
      404,
      'ResourceNotFoundException',
      `${pathname} is not emulated, only POST /topics/{topic} is`,
    )
  try {
    return decodeURIComponent(pathname.slice('/topics/'.length))
  } catch {
    throw invalid('The topic is not percent-encoded')
  }
}

const reply = (
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void => {
  response
    .writeHead(status, { 'content-type': 'application/json', 'x-amzn-requestid': randomUUID(), ...headers })
    .end(JSON.stringify(body))
}

const handle = async <Session>(use: DataPlaneOptions<Session>, request: IncomingMessage): Promise<void> => {
  const payload = await readBody(request)
  const url = new URL(request.url ?? '/', 'http://localhost')
  const topic = topicOf(url.pathname)
  if (request.method !== 'POST')
    throw new PublishError(405, 'MethodNotAllowedException', 'Only POST publishes')
  const query = Query.safeParse(Object.fromEntries(url.searchParams))
  if (!query.success) throw invalid(z.prettifyError(query.error))
  try {
    const session = await use.authenticate(request, payload)
    const resource = `arn:aws:iot:${use.region}:${use.accountId}:topic/${topic}`
    use.authorize(session, { action: 'iot:Publish', resource })
  } catch (error) {
    throw forbidden(error)
  }
  const qos = query.data.qos === '1' ? 1 : 0
  const fault = publishFault({ topic, payload, qos }, awsLimits)
  if (fault) throw invalid(fault.message)
  const { messageExpiry: expirySeconds, retain } = query.data
  await use.publish(topic, payload, {
    qos,
    retain: retain === 'true',
    ...(expirySeconds !== undefined && { expirySeconds }),
  })
}

/** The listener of an HTTP server for the data plane. */
export const createDataPlane =
  <Session>(options: DataPlaneOptions<Session>): RequestListener =>
  (request, response) => {
    handle(options, request).then(
      () => reply(response, 200, { message: 'OK' }),
      (error: unknown) => {
        const known = error instanceof PublishError
        const { status, code, message } = known
          ? error
          : { status: 500, code: 'InternalFailureException', message: 'An unexpected error has occurred' }
        if (!known) console.error('IoT data plane failed', error)
        reply(response, status, { message }, { 'x-amzn-errortype': code })
      },
    )
  }
