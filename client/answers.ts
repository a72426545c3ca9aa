import type { problemOf } from './errors.ts'

/**
 * From what `openapi-fetch` resolves with to the body, or an error. `problem` makes the error of an answer that
 * is no success.
 */
export const answersWith = (problem: (...of: Parameters<typeof problemOf>) => Error) => ({
  /** The body of an answer that succeeded. @throws ApiError for any other */
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
