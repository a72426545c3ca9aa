import assert from 'node:assert/strict'
import { Problem } from '../../lambdas/http/shapes.ts'
import type { ApiAnswer } from './local-run.ts'

/** The part of a problem's `type` that tells problems apart, with the status: `409 dock-busy`. */
export const problemOf = ({ status, body }: ApiAnswer): string => {
  const type = typeof body === 'object' && body !== null && 'type' in body ? String(body.type) : ''
  return `${status} ${type.split('/').at(-1)}`
}

/** A refusal as its reader sees it, in due form: `422 invalid-request selections[0].bootIndexes`. */
export const told = (answer: ApiAnswer): string => {
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/)
  const { status, errors = [] } = Problem.parse(answer.body)
  assert.equal(status, answer.status)
  return [problemOf(answer), ...errors.map(({ path }) => path)].join(' ')
}
