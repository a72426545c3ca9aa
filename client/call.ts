import { answersWith } from './answers.ts'
import { typedProblemOf } from './problems.ts'

/** Returns the body of an answer, or throws an error of the problem's class. */
export const { must, mustDo } = answersWith(typedProblemOf)

/** The number of items on a page. The API accepts 1 to 200. */
export type Paging = { pageSize?: number }

/** `pageSize` and cursor under the API's names, with the other filters. */
export const asQuery = <Query extends Paging>(
  { pageSize, ...filter }: Query,
  cursor: string | undefined,
) => ({
  ...filter,
  ...(pageSize === undefined ? {} : { limit: pageSize }),
  ...(cursor === undefined ? {} : { cursor }),
})

/** An existing record stays unchanged, and the call rejects. */
export type OnlyIfNew = { onlyIfNew?: boolean }

export const ifNew = ({ onlyIfNew = false }: OnlyIfNew) =>
  onlyIfNew ? { 'If-None-Match': '*' as const } : {}
