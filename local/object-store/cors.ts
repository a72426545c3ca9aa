import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import * as z from 'zod'
import { refuse } from './refusal.ts'

const Texts = z.array(z.string()).min(1)

/** A CORS rule in CloudFormation's format. */
export const CorsRule = z.strictObject({
  AllowedMethods: Texts,
  AllowedOrigins: Texts,
  AllowedHeaders: Texts.default([]),
  ExposedHeaders: z.array(z.string()).default([]),
  Id: z.string().optional(),
  MaxAge: z.number().int().optional(),
})
export type CorsRule = z.infer<typeof CorsRule>

const escaped = (text: string) => text.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')

/** A pattern may have one `*`, which matches any text. */
const fits = (patterns: readonly string[], text: string): boolean =>
  patterns.some((pattern) => new RegExp(`^${escaped(pattern).replace('*', '.*')}$`, 'i').test(text))

const one = (value: string | string[] | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined

type Asked = { origin: string; method: string; headers: string[] }

const ruleFor = (rules: readonly CorsRule[], { origin, method, headers }: Asked): CorsRule | undefined =>
  rules.find(
    ({ AllowedMethods, AllowedOrigins, AllowedHeaders }) =>
      AllowedMethods.includes(method) &&
      fits(AllowedOrigins, origin) &&
      headers.every((name) => fits(AllowedHeaders, name)),
  )

const vary = 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method'

const allow = (response: ServerResponse, { AllowedOrigins }: CorsRule, origin: string): void => {
  const all = AllowedOrigins.includes('*')
  response.setHeader('access-control-allow-origin', all ? '*' : origin)
  if (!all) response.setHeader('access-control-allow-credentials', 'true')
  response.setHeader('vary', vary)
}

/**
 * Answers a CORS preflight, which is not signed.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTOPTIONSobject.html
 */
export const answerPreflight = (
  rules: readonly CorsRule[] | undefined,
  headers: IncomingHttpHeaders,
  response: ServerResponse,
): void => {
  const origin = one(headers.origin)
  const method = one(headers['access-control-request-method'])
  if (origin === undefined || method === undefined)
    throw refuse('BadRequest', 'Insufficient information. Origin request header needed.')
  if (!rules) throw refuse('AccessForbidden', 'CORSResponse: CORS is not enabled for this bucket.')
  const names = (one(headers['access-control-request-headers']) ?? '').split(',')
  const asked = { origin, method, headers: names.map((name) => name.trim()).filter((name) => name !== '') }
  const rule = ruleFor(rules, asked)
  if (!rule) throw refuse('AccessForbidden', 'CORSResponse: This CORS request is not allowed.')
  allow(response, rule, origin)
  response.setHeader('access-control-allow-methods', rule.AllowedMethods.join(', '))
  if (asked.headers.length > 0)
    response.setHeader('access-control-allow-headers', asked.headers.join(', ').toLowerCase())
  if (rule.MaxAge !== undefined) response.setHeader('access-control-max-age', String(rule.MaxAge))
  response.writeHead(200, { 'content-length': '0' }).end()
}

/** Adds the CORS headers to an answer, if a rule matches its origin. */
export const allowOrigin = (
  rules: readonly CorsRule[] | undefined,
  { method, headers }: { method: string; headers: IncomingHttpHeaders },
  response: ServerResponse,
): void => {
  const origin = one(headers.origin)
  if (origin === undefined || !rules) return
  const rule = ruleFor(rules, { origin, method, headers: [] })
  if (!rule) return
  allow(response, rule, origin)
  if (rule.ExposedHeaders.length > 0)
    response.setHeader('access-control-expose-headers', rule.ExposedHeaders.join(', '))
}
