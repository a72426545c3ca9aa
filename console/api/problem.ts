import { ApiError } from '../../client/errors.ts'
import { remedies } from '../../client/remedies.ts'

export { ApiError, problemOf } from '../../client/errors.ts'

/** Advice for an error, by its type or status. */
export const whatToTry = (error: unknown): string => {
  const type = error instanceof ApiError ? (error.type ?? '') : ''
  const remedy = Object.hasOwn(remedies, type) ? remedies[type] : undefined
  if (remedy !== undefined) return remedy
  const status = error instanceof ApiError ? error.status : undefined
  if (status === 0) return 'Check your connection. This page tries again by itself.'
  if (status === 401) return 'Sign in again: the session may have ended.'
  if (status === 403) return 'Ask an administrator for the permission, or sign in as somebody who has it.'
  if (status === 404)
    return 'Check the address. The record may be of a fleet that is not yours, or no longer kept.'
  if (status === 409) return 'Look at what stands in the way, then try again.'
  if (status === 410) return 'Start the upload again, as long as the dock still has the logs.'
  if (status === 412) return 'Open what is there, and change it on its own page.'
  if (status === 422 || status === 400) return 'Correct what is named, then try again.'
  if (status === 429) return 'Wait a moment, then try again: there were too many requests.'
  const requestId = error instanceof ApiError ? error.requestId : undefined
  const where = `in the logs of the backend${requestId ? `, under ${requestId}` : ''}`
  return `Try again in a moment. If it stays, the reason is ${where}.`
}
