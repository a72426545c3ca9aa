import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { ObjectStore } from '../object-store/object-store.ts'
import { localAccountId } from '../template/read-template.ts'
import { type EdgeAnswer, edgeFunction, type KeyValueStore, type ViewerRequest } from './edge-function.ts'
import type { Distribution } from './read-distribution.ts'

type Needs = {
  distribution: Distribution
  keys: KeyValueStore
  storage: Pick<ObjectStore, 'serve'>
  now: () => number
  /** Gets the function's log lines and its errors. */
  warn: (line: string) => void
}

/**
 * The viewer's headers that are forwarded to a bucket when the cache policy names none.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorS3Origin.html
 */
const forwardedHeaders = ['range', 'if-match', 'if-none-match']

const queryOf = (url: string): ViewerRequest['request']['querystring'] => {
  const [, query = ''] = url.split(/\?(.*)/s)
  const pairs = query.split('&').filter(Boolean)
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name = '', value = ''] = pair.split(/=(.*)/s)
      return [name, { value }]
    }),
  )
}

const eventOf = ({ method = '', url = '', headers }: IncomingMessage): ViewerRequest => ({
  version: '1.0',
  request: {
    method,
    uri: url.replace(/\?.*$/s, ''),
    querystring: queryOf(url),
    headers: Object.fromEntries(
      Object.entries(headers).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, { value: String(value) }]],
      ),
    ),
  },
})

const answer = (
  response: ServerResponse,
  { statusCode, statusDescription, headers, body }: Extract<EdgeAnswer, { statusCode: number }>,
  isHead: boolean,
): void => {
  const pairs = Object.entries(headers).map(([name, { value }]) => [name, value])
  const all = { ...Object.fromEntries(pairs), 'Content-Length': String(Buffer.byteLength(body)) }
  response.writeHead(statusCode, statusDescription, all).end(isHead ? '' : body)
}

const refusal = (statusCode: number, body: string) => ({ statusCode, headers: {}, body })

/** Undefined for a malformed path, which names no object. */
const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/**
 * Stands in for CloudFront in front of the packages bucket. It runs the deployed function, and requests
 * objects as CloudFront does with an origin access control, so the bucket policy decides. It has no TLS, no
 * cache, and no check of the host. How CloudFront treats header lines that end in a bare line feed is
 * unknown; here Node refuses them.
 */
export const createDownloads = ({ distribution, keys, storage, now, warn }: Needs): RequestListener => {
  const { arn: sourceArn, bucket, methods, code, forwards } = distribution
  const gate = edgeFunction(code, { keys, now, log: (line) => warn(`downloads: ${line}`) })

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const isHead = request.method === 'HEAD'
    if (!methods.includes(request.method ?? ''))
      return answer(response, refusal(403, 'This distribution does not allow the method.'), false)
    const passed = await gate(eventOf(request))
    if ('statusCode' in passed) return answer(response, passed, isHead)
    const key = decoded(passed.uri.slice(1))
    if (key === undefined) return answer(response, refusal(400, 'Bad request'), isHead)
    const query = Object.entries(passed.querystring).flatMap(([name, { value }]) =>
      forwards.includes(name) ? [[name, decoded(value) ?? value]] : [],
    )
    for (const name of Object.keys(request.headers))
      if (!forwardedHeaders.includes(name)) delete request.headers[name]
    const caller = { service: 'cloudfront.amazonaws.com', sourceArn, sourceAccount: localAccountId }
    await storage.serve(caller, { bucket, key, query: Object.fromEntries(query) }, request, response)
  }

  return (request, response) => {
    handle(request, response).catch((error: unknown) => {
      // https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/http-503-service-unavailable.html
      warn(`downloads: ${String(error)}`)
      answer(response, refusal(503, 'The CloudFront function failed.'), false)
    })
  }
}
