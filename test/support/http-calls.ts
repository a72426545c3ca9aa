import './quiet-logs.ts'

import assert from 'node:assert/strict'
import type {
  APIGatewayProxyEventV2WithJWTAuthorizer as HttpEvent,
  APIGatewayProxyStructuredResultV2 as HttpResult,
} from 'aws-lambda'
import * as z from 'zod'
import { type RouteName, routes } from '../../lambdas/contract/routes.ts'
import { routeKey } from '../../lambdas/http/on-http.ts'
import { problemBase } from '../../lambdas/http/reply.ts'

/** Requests as API Gateway hands them to a function, and what comes back. */

export type Call = {
  params?: Record<string, string>
  query?: Record<string, string>
  /** Sent as JSON; a text or bytes as they are. */
  body?: unknown
  headers?: Record<string, string>
  /** By default those of a machine client that may do everything. */
  claims?: Claims
}

type Claims = { [name: string]: string | number | boolean | string[] }

export const everything: Claims = {
  sub: 'machine-1',
  client_id: 'machine-1',
  scope: 'groundcrew/admin groundcrew/ingest',
}

/** The event for a route. */
export const eventOf = (
  name: RouteName,
  { params = {}, query = {}, body, headers = {}, claims = everything }: Call = {},
): HttpEvent => {
  const { method } = routes[name]
  const key = routeKey(routes[name])
  const path = routes[name].path.replace(/\{(\w+)\}/g, (_, param) => params[param] ?? '')
  const raw =
    body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
  return {
    version: '2.0',
    routeKey: key,
    rawPath: path,
    rawQueryString: new URLSearchParams(query).toString(),
    headers,
    pathParameters: params,
    queryStringParameters: query,
    ...(raw === undefined ? {} : { body: Buffer.isBuffer(raw) ? raw.toString('base64') : raw }),
    isBase64Encoded: Buffer.isBuffer(raw),
    requestContext: {
      accountId: '000000000000',
      apiId: 'api',
      authorizer: {
        principalId: '',
        integrationLatency: 0,
        jwt: { claims, scopes: [] },
      },
      domainName: 'api.example',
      domainPrefix: 'api',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
      requestId: 'request-1',
      routeKey: key,
      stage: '$default',
      time: '15/Jan/2027:08:00:00 +0000',
      timeEpoch: 1_800_000_000_000,
    },
  }
}

const Problem = z.object({
  type: z.string(),
  detail: z.string().optional(),
  instance: z.string().optional(),
  href: z.string().optional(),
  hrefs: z.array(z.string()).optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
})

export type Answer = {
  status: number
  headers: Record<string, unknown>
  body: unknown
  text: string
  /** What the body is, if it is a problem. */
  problem: z.infer<typeof Problem> & { name: string }
}

export const answerOf = ({ statusCode = 200, headers = {}, body = '' }: HttpResult): Answer => ({
  status: statusCode,
  headers,
  text: body,
  body: body === '' ? undefined : JSON.parse(body),
  get problem() {
    assert.equal(headers['content-type'], 'application/problem+json', body)
    const problem = Problem.parse(this.body)
    assert.ok(problem.type.startsWith(problemBase))
    return { ...problem, name: problem.type.slice(problemBase.length) }
  },
})
