import { answersWith } from './answers.ts'
import { typedProblemOf } from './problems.ts'

/** What the rooms make of an answer: its body, or an error of the problem's class. */
export const { must, mustDo } = answersWith(typedProblemOf)

/** Of a list, how many items a page has. The API takes 1 to 200. */
export type Paging = { pageSize?: number }

/** `pageSize` and cursor as the API calls them, beside what else narrows the list. */
export const asQuery = <Query extends Paging>(
  { pageSize, ...filter }: Query,
  cursor: string | undefined,
) => ({
  ...filter,
  ...(pageSize === undefined ? {} : { limit: pageSize }),
  ...(cursor === undefined ? {} : { cursor }),
})

/** A record that is there stays as it is, and the call is refused. */
export type OnlyIfNew = { onlyIfNew?: boolean }

export const ifNew = ({ onlyIfNew = false }: OnlyIfNew) =>
  onlyIfNew ? { 'If-None-Match': '*' as const } : {}
