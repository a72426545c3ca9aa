/**
 * The HTTP API of the AWS IoT data plane. `POST /topics/{topic}?qos=…&retain=…&messageExpiry=…` publishes the
 * body.
 * https://docs.aws.amazon.com/iot/latest/apireference/API_iotdata_Publish.html
 *
 * `messageExpiry`, in seconds, is a query parameter, as @aws-sdk/client-iot-data-plane 3.1138 sends it.
 * Functions call this to send commands. A repeat publishes again, as in AWS.
 *
 * `DELETE /connections/{clientId}?cleanSession=…` ends a client's connection.
 * https://docs.aws.amazon.com/iot/latest/apireference/API_iotdata_DeleteConnection.html
 * `preventWillMessage` is not emulated, and refused.
 *
 * Errors have AWS's names, in the header `x-amzn-errortype`.
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
  disconnect: Broker['disconnect']
  region: string
  accountId: string
}

class DataPlaneError extends Error {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

const invalid = (message: string) => new DataPlaneError(400, 'InvalidRequestException', message)

/** The data plane answers 403 for a bad signature as for a missing permission. */
const forbidden = (error: unknown) =>
  new DataPlaneError(403, 'ForbiddenException', error instanceof Error ? error.message : 'Forbidden')

const PublishQuery = z.object({
  qos: z.enum(['0', '1']).default('0'),
  retain: z.enum(['true', 'false']).default('false'),
  messageExpiry: z.coerce.number().int().positive().optional(),
})

const ConnectionQuery = z.strictObject({
  cleanSession: z.enum(['true', 'false']).default('false'),
  preventWillMessage: z.literal('false').optional(),
})

/** Reads to the end even over the limit, so that the caller gets an answer instead of a broken connection. */
const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk)
    length += bytes.length
    if (length <= awsLimits.payloadBytes) chunks.push(bytes)
  }
  if (length > awsLimits.payloadBytes)
    throw new DataPlaneError(413, 'RequestEntityTooLargeException', 'The payload exceeds 128 KB')
  return Buffer.concat(chunks)
}

/** One path segment, percent-encoded; unescaped slashes work too, as in AWS. */
const nameIn = (pathname: string, prefix: string): string => {
  try {
    return decodeURIComponent(pathname.slice(prefix.length))
  } catch {
    throw invalid(`What follows ${prefix} is not percent-encoded`)
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

type Call = { request: IncomingMessage; payload: Buffer; url: URL }

/** @throws DataPlaneError if the caller lacks the permission. */
const permit = async <Session>(
  use: DataPlaneOptions<Session>,
  { request, payload }: Call,
  action: string,
  resource: string,
): Promise<void> => {
  try {
    const session = await use.authenticate(request, payload)
    use.authorize(session, { action, resource: `arn:aws:iot:${use.region}:${use.accountId}:${resource}` })
  } catch (error) {
    throw forbidden(error)
  }
}

const parse = <Schema extends z.ZodType>(schema: Schema, { url }: Call): z.infer<Schema> => {
  const query = schema.safeParse(Object.fromEntries(url.searchParams))
  if (!query.success) throw invalid(z.prettifyError(query.error))
  return query.data
}

const publish = async <Session>(use: DataPlaneOptions<Session>, call: Call): Promise<void> => {
  const topic = nameIn(call.url.pathname, '/topics/')
  const { qos: given, messageExpiry: expirySeconds, retain } = parse(PublishQuery, call)
  await permit(use, call, 'iot:Publish', `topic/${topic}`)
  const qos = given === '1' ? 1 : 0
  const fault = publishFault({ topic, payload: call.payload, qos }, awsLimits)
  if (fault) throw invalid(fault.message)
  await use.publish(topic, call.payload, {
    qos,
    retain: retain === 'true',
    ...(expirySeconds !== undefined && { expirySeconds }),
  })
}

const deleteConnection = async <Session>(use: DataPlaneOptions<Session>, call: Call): Promise<void> => {
  const clientId = nameIn(call.url.pathname, '/connections/')
  const { cleanSession } = parse(ConnectionQuery, call)
  await permit(use, call, 'iot:DeleteConnection', `client/${clientId}`)
  if (clientId.startsWith('$')) throw invalid('A client id cannot begin with $')
  if (!(await use.disconnect(clientId, cleanSession === 'true')))
    throw new DataPlaneError(404, 'ResourceNotFoundException', `${clientId} is not connected`)
}

const operations = [
  { method: 'POST', prefix: '/topics/', run: publish },
  { method: 'DELETE', prefix: '/connections/', run: deleteConnection },
] as const

const handle = async <Session>(use: DataPlaneOptions<Session>, request: IncomingMessage): Promise<void> => {
  const payload = await readBody(request)
  const url = new URL(request.url ?? '/', 'http://localhost')
  const operation = operations.find(({ prefix }) => url.pathname.startsWith(prefix))
  if (!operation) {
    const known = operations.map(({ method, prefix }) => `${method} ${prefix}…`).join(' and ')
    throw new DataPlaneError(
      404,
      'ResourceNotFoundException',
      `${url.pathname} is not emulated, ${known} are`,
    )
  }
  if (request.method !== operation.method)
    throw new DataPlaneError(405, 'MethodNotAllowedException', `Only ${operation.method} is known here`)
  await operation.run(use, { request, payload, url })
}

/** The HTTP request listener of the data plane. */
export const createDataPlane =
  <Session>(options: DataPlaneOptions<Session>): RequestListener =>
  (request, response) => {
    handle(options, request).then(
      () => reply(response, 200, { message: 'OK' }),
      (error: unknown) => {
        const known = error instanceof DataPlaneError
        const { status, code, message } = known
          ? error
          : { status: 500, code: 'InternalFailureException', message: 'An unexpected error has occurred' }
        if (!known) console.error('IoT data plane failed', error)
        reply(response, status, { message }, { 'x-amzn-errortype': code })
      },
    )
  }
