import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod'
import {
  gatewayStatuses,
  isCacheable,
  problemsOf,
  statusesOf,
} from '../../lambdas/contract/document/answers.ts'
import { type RouteName, routes } from '../../lambdas/contract/routes.ts'
import { problemBase, problems } from '../../lambdas/http/reply.ts'
import type { Route } from '../../lambdas/http/route.ts'
import { Problem } from '../../lambdas/http/shapes.ts'

/**
 * Holds what tests are answered against what the OpenAPI document says of the route. The document is made of the same
 * table, so that nothing has to be compiled for it.
 */

type Answered = { status: number; body?: unknown }

const where = 'lambdas/contract/document/refusals.ts has what a route may answer'

/** Also whatever the shape has no word for: an answer says no more than is declared. */
const shaped = (shape: z.core.$ZodType, body: unknown, what: string): void => {
  const read = z.safeParse(shape, body)
  if (!read.success) assert.fail(`${what}, which has another shape:\n${z.prettifyError(read.error)}`)
  if (!isDeepStrictEqual(read.data, body)) assert.deepEqual(body, read.data, `${what}, and says more`)
}

/** In a test's process no invocation has an id, which is the `instance` of every problem. */
const ProblemHere = z.object({ ...Problem.shape, instance: z.optional(Problem.shape.instance) })
const OfGateway = z.strictObject({ message: z.string() })

const byGateway = (name: RouteName, status: number): void =>
  assert.ok(gatewayStatuses.includes(status), `${name}: API Gateway answers no ${status}. ${where}`)

const ofOurs = (name: RouteName, { status, body }: Answered): void => {
  shaped(ProblemHere, body, `${name} answers ${status} with a problem`)
  const { type } = z.parse(ProblemHere, body)
  const known = problemsOf(name, routes[name]).find((problem) => `${problemBase}${problem}` === type)
  assert.ok(known, `${name} does not declare ${type}. ${where}`)
  assert.equal(status, problems[known][0], `the status of ${type}`)
}

/** The answer, which the document has to have. */
export const declared = <Answer extends Answered>(name: RouteName, answer: Answer): Answer => {
  const route: Route = routes[name]
  const { status, body } = answer
  if (status >= 400) z.safeParse(OfGateway, body).success ? byGateway(name, status) : ofOurs(name, answer)
  else if (status === 304) assert.ok(isCacheable(name, route), `${name} does not declare 304`)
  else {
    assert.ok(statusesOf(name, route).includes(status), `${name} does not declare ${status}. ${where}`)
    if (status === 204) assert.equal(body, undefined, `${name} answers 204 with a body`)
    else shaped(route.output, body, `${name} answers ${status}`)
  }
  return answer
}

type Known = { name: RouteName; method: string; path: RegExp; holes: number }

const known: readonly Known[] = Object.entries(routes)
  .map(([name, { method, path }]) => ({
    name: name as RouteName,
    method,
    path: new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
    holes: path.split('{').length,
  }))
  // The more of a path is said, the sooner it is taken.
  .toSorted((one, other) => one.holes - other.holes)

/** The same for an answer over HTTP; what is no route of the API says nothing here. */
export const declaredAt = <Answer extends Answered>(method: string, path: string, answer: Answer): Answer => {
  const [bare = ''] = path.split('?')
  const found = known.find((one) => one.method === method && one.path.test(bare))
  return found ? declared(found.name, answer) : answer
}
