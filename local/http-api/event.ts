import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import type { Caller } from './authorizer.ts'
import type { HttpApi, Route } from './definition.ts'

export type RequestParts = {
  api: HttpApi
  route: Route
  request: IncomingMessage
  /** Decoded, like `rawPath` and unlike `rawQueryString`. */
  path: string
  body: Buffer
  parameters: Record<string, string>
  caller: Caller | undefined
  now: number
}

const monthNames = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `12/Mar/2020:19:03:58 +0000` */
const logTime = (now: number): string => {
  const [date = '', time = ''] = new Date(now).toISOString().slice(0, 19).split('T')
  const [year, month, day] = date.split('-')
  return `${day}/${monthNames[Number(month) - 1]}/${year}:${time} +0000`
}

/** Content types that reach a function as text; any other body comes in base64. */
const isText = (contentType = ''): boolean =>
  /^(text\/|application\/((.+\+)?json|(.+\+)?xml|javascript)\b)/i.test(contentType)

const query = (raw: string): Record<string, string> | undefined => {
  if (raw === '') return undefined
  const values = Map.groupBy(new URLSearchParams(raw), ([name]) => name)
  return Object.fromEntries(
    [...values].map(([name, pairs]) => [name, pairs.map(([, value]) => value).join(',')]),
  )
}

const headersOf = (request: IncomingMessage): Record<string, string> => {
  const headers: Record<string, string> = {}
  for (const [name, values] of Object.entries(request.headersDistinct))
    if (name !== 'cookie' && values) headers[name] = values.join(',')
  return {
    ...headers,
    'x-forwarded-for': request.socket.remoteAddress ?? '127.0.0.1',
    'x-forwarded-port': String(request.socket.localPort ?? ''),
    'x-forwarded-proto': 'http',
  }
}

/**
 * The event of payload format 2.0, field by field.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export const requestEvent = (parts: RequestParts) => {
  const { api, route, request, path, body, parameters, caller, now } = parts
  const [, rawQueryString = ''] = (request.url ?? '/').split(/\?(.*)/s)
  const queryStringParameters = query(rawQueryString)
  const text = isText(request.headers['content-type'])
  return {
    version: '2.0',
    routeKey: route.key,
    rawPath: path,
    rawQueryString,
    ...(request.headers.cookie ? { cookies: request.headers.cookie.split(/;\s*/) } : {}),
    headers: headersOf(request),
    ...(queryStringParameters ? { queryStringParameters } : {}),
    requestContext: {
      accountId: '000000000000',
      apiId: api.id,
      ...(caller ? { authorizer: { jwt: { claims: caller.claims, scopes: caller.scopes } } } : {}),
      domainName: request.headers.host ?? '',
      domainPrefix: api.id,
      http: {
        method: request.method ?? 'GET',
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
        userAgent: request.headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: route.key,
      stage: api.stage,
      time: logTime(now),
      timeEpoch: now,
    },
    ...(body.length > 0 ? { body: body.toString(text ? 'utf8' : 'base64') } : {}),
    ...(Object.keys(parameters).length > 0 ? { pathParameters: parameters } : {}),
    isBase64Encoded: body.length > 0 && !text,
  } satisfies Omit<APIGatewayProxyEventV2, 'requestContext'> & { requestContext: object }
}
