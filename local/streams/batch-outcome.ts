/** Decides what follows after a function was given a batch of stream records. */
import * as z from 'zod'
import { FunctionError } from '../functions/function-error.ts'

/**
 * `whole`: the whole batch failed. `from`: the records before this index are done. `notInvoked`: the function
 * never got the batch.
 */
export type Outcome = 'done' | 'whole' | 'notInvoked' | { from: number }

const Response = z.looseObject({
  batchItemFailures: z.array(z.looseObject({ itemIdentifier: z.string().nullish() })).nullish(),
})

/**
 * The outcome in a function's response: it resumes from the lowest sequence number that the response names.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html: an empty or null
 * response or list is a success; an identifier that is empty, missing or not in this batch fails the whole
 * batch.
 */
export const outcomeOfResponse = (response: unknown, sequenceNumbers: readonly string[]): Outcome => {
  if (response === null || response === undefined || response === '') return 'done'
  const parsed = Response.safeParse(response)
  if (!parsed.success) return 'whole'
  const failed = (parsed.data.batchItemFailures ?? []).map(({ itemIdentifier }) =>
    sequenceNumbers.indexOf(itemIdentifier ?? ''),
  )
  if (failed.length === 0) return 'done'
  return failed.includes(-1) ? 'whole' : { from: Math.min(...failed) }
}

const before = ['TooManyRequestsException', 'ServiceException']

export const outcomeOfError = (error: unknown): Outcome =>
  error instanceof FunctionError && before.includes(error.errorType) ? 'notInvoked' : 'whole'

export type Rules = { bisects: boolean; retries: number | undefined }

/**
 * What to do with the remaining records of a batch; `failures`: how often exactly these have failed before.
 */
export type Next = 'retry' | 'split' | 'giveUp'

/**
 * A split uses up no retry. It follows an error, but not a response that names the failed record: that is
 * retried from there on. https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
 */
export const nextStep = (
  outcome: Exclude<Outcome, 'done'>,
  { size, failures }: { size: number; failures: number },
  { bisects, retries = Number.POSITIVE_INFINITY }: Rules,
): Next => {
  if (outcome === 'notInvoked') return 'retry'
  if (outcome === 'whole' && bisects && size > 1 && retries > 0) return 'split'
  return failures >= retries ? 'giveUp' : 'retry'
}
