import type { ServerResponse } from 'node:http'
import * as z from 'zod'

const Text = z.union([z.string(), z.number(), z.boolean()]).transform(String)
const FunctionResponse = z.looseObject({
  statusCode: z.coerce.number().int().min(100).max(599),
  headers: z.record(z.string(), Text).nullish(),
  cookies: z.array(z.string()).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
})
const hasStatus = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'statusCode' in value

/** Responses of API Gateway itself. */
export const gatewayAnswers = {
  unauthorized: [401, 'Unauthorized'],
  forbidden: [403, 'Forbidden'],
  notFound: [404, 'Not Found'],
  tooLarge: [413, 'Request Entity Too Large'],
  tooMany: [429, 'Too Many Requests'],
  /** The function failed, timed out, may not be invoked, or returned an invalid response. */
  failed: [500, 'Internal Server Error'],
  /**
   * The integration's time limit passed while the function still runs;
   * https://github.com/anomalyco/sst/issues/2232
   */
  unavailable: [503, 'Service Unavailable'],
} as const satisfies Record<string, readonly [number, string]>
export type GatewayAnswer = keyof typeof gatewayAnswers

/** API Gateway's own body, `{"message":…}`. */
export const sendGatewayAnswer = (
  response: ServerResponse,
  answer: GatewayAnswer,
  headers: Record<string, string> = {},
): void => {
  const [status, message] = gatewayAnswers[answer]
  if (response.headersSent) return
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify({ message }))
}

/**
 * Sends the function's result: as declared if it has a `statusCode`, otherwise as JSON with status 200.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html,
 * "Lambda function response format"
 */
export const sendFunctionResponse = (
  response: ServerResponse,
  returned: unknown,
  requestId: string,
): void => {
  const inferred = { statusCode: 200, headers: { 'content-type': 'application/json' } }
  const parsed = FunctionResponse.safeParse(
    hasStatus(returned)
      ? returned
      : { ...inferred, body: typeof returned === 'string' ? returned : JSON.stringify(returned) },
  )
  if (parsed.success) sendParsed(response, parsed.data, requestId)
  else sendGatewayAnswer(response, 'failed')
}

const sendParsed = (
  response: ServerResponse,
  { statusCode, headers, cookies, body, isBase64Encoded }: z.infer<typeof FunctionResponse>,
  requestId: string,
): void => {
  const bytes = Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8')
  const mayHaveBody = statusCode !== 204 && statusCode !== 304
  response.setHeader('apigw-requestid', requestId)
  if (mayHaveBody) response.setHeader('content-type', 'text/plain;charset=UTF-8')
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value)
  if (cookies && cookies.length > 0) response.setHeader('set-cookie', cookies)
  if (mayHaveBody) response.setHeader('content-length', bytes.length)
  response.writeHead(statusCode)
  response.end(mayHaveBody ? bytes : undefined)
}
