import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import * as z from 'zod/mini'
import { inputMessage } from './input-message.ts'
import { type HttpReply, type InputError, problem } from './reply.ts'
import type { Route } from './route.ts'

/** Given to each parse. As a setting of Zod it would reword the errors of everything else in the process. */
const messages = { error: inputMessage }

type Parsed = { params: unknown; query: unknown; body: unknown }
type Read = { ok: true; value: Parsed } | { ok: false; problem: HttpReply }

/** More errors than a person reads: a body of unknown fields has thousands. */
const mostErrors = 100

/** Parses a request by its route's schemas. Reports the errors at once, each with its path. */
export const read = (
  route: Route,
  event: Pick<APIGatewayProxyEventV2, 'pathParameters' | 'queryStringParameters'>,
  rawBody: string,
): Read => {
  const body = route.body ? parseJson(rawBody) : { value: undefined }
  if (!body) return { ok: false, problem: problem('malformed-json', 'The body must be one JSON document.') }
  const params = z.safeParse(route.params, event.pathParameters ?? {}, messages)
  const query = z.safeParse(route.query, event.queryStringParameters ?? {}, messages)
  const given = route.body
    ? z.safeParse(route.body, body.value, messages)
    : { success: true as const, data: undefined }
  const ignored = [event.queryStringParameters, body.value].flatMap(protoField)
  if (params.success && query.success && given.success && ignored.length === 0)
    return { ok: true, value: { params: params.data, query: query.data, body: given.data } }
  const errors = [params, query, given].flatMap((part) =>
    part.success ? [] : part.error.issues.flatMap(inputErrors),
  )
  return {
    ok: false,
    problem: problem('invalid-request', 'See `errors` for what to change.', {
      errors: [
        ...ignored.filter(({ path }) => !errors.some((error) => error.path === path)),
        ...errors,
      ].slice(0, mostErrors),
    }),
  }
}

/**
 * Reports the first field `__proto__` of a query or a body. Schemas silently ignore such a field, and without
 * it the request could mean something else, such as all devices. A body that is a list is not checked: its entries
 * are parsed one by one, so that one device's event does not fail the others. Iterative, because a body may
 * be nested deeper than the call stack allows.
 */
const protoField = (body: unknown): InputError[] => {
  const left: Place[] = Array.isArray(body) ? [] : [{ value: body }]
  for (let next = left.pop(); next; next = left.pop()) {
    const { value } = next
    if (typeof value !== 'object' || value === null) continue
    if (Object.hasOwn(value, '__proto__'))
      return [{ path: pathOf([...pathTo(next), '__proto__']), message: 'is not a field of this request' }]
    const inside = Array.isArray(value) ? value.entries() : Object.entries(value)
    for (const [key, inner] of inside) left.push({ value: inner, key, within: next })
  }
  return []
}

type Place = { value: unknown; key?: PropertyKey; within?: Place }

const pathTo = (place: Place): PropertyKey[] => {
  const path: PropertyKey[] = []
  for (let at: Place | undefined = place; at; at = at.within) if (at.key !== undefined) path.push(at.key)
  return path.toReversed()
}

/** A missing body counts as an empty object, because every field may be optional. */
const parseJson = (text: string): { value: unknown } | undefined => {
  if (text.trim() === '') return { value: {} }
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

const inputErrors = (issue: z.core.$ZodIssue): InputError[] => {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      path: pathOf([...issue.path, key]),
      message: 'is not a field of this request',
    }))
  if (issue.code === 'invalid_key')
    return issue.issues.map(({ message }) => ({ path: pathOf(issue.path), message }))
  if (issue.code === 'invalid_union') {
    // Reports the errors of the variant that the value comes closest to.
    const unknownFields = (issues: readonly z.core.$ZodIssue[]) =>
      issues.filter(({ code }) => code === 'unrecognized_keys').length
    const [closest] = issue.errors.toSorted(
      (one, other) => unknownFields(one) - unknownFields(other) || one.length - other.length,
    )
    if (closest && closest.length > 0)
      return closest.flatMap((inner) => inputErrors({ ...inner, path: [...issue.path, ...inner.path] }))
  }
  return [{ path: pathOf(issue.path), message: issue.message }]
}

/** `selections[0].bootIndexes` */
const pathOf = (path: readonly PropertyKey[]): string =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '')
