import type { problemOf } from './errors.ts'

/**
 * Turns the result of `openapi-fetch` into the body, or an error. `problem` creates the error for an
 * unsuccessful answer.
 */
export const answersWith = (problem: (...of: Parameters<typeof problemOf>) => Error) => ({
  /** The body of a successful answer. @throws ApiError for any other */
  must: async <Body>(
    answering: Promise<{ data?: Body; error?: unknown; response: Response }>,
  ): Promise<Body> => {
    const { data, error, response } = await answering
    if (!response.ok || data === undefined) throw problem(response.status, error)
    return data
  },
  /** The same for an answer without a body. */
  mustDo: async (answering: Promise<{ error?: unknown; response: Response }>): Promise<void> => {
    const { error, response } = await answering
    if (!response.ok) throw problem(response.status, error)
  },
})
