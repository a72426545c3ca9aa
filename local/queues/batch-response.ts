import * as z from 'zod'

const BatchResponse = z.looseObject({
  batchItemFailures: z.array(z.looseObject({ itemIdentifier: z.string() })).nullish(),
})

/**
 * The messages that a function reports as failed. As in Lambda: an empty or null response, or an empty or
 * null list, means that the whole batch succeeded. An identifier that is empty, null, missing or not in this
 * batch, or a response that is no such object, means that the whole batch failed ('all').
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html, "Success and failure
 * conditions"
 */
export const failedMessages = (
  response: unknown,
  messageIds: ReadonlySet<string>,
): ReadonlySet<string> | 'all' => {
  if (response === null || response === undefined || response === '') return new Set()
  const parsed = BatchResponse.safeParse(response)
  if (!parsed.success) return 'all'
  const failed = new Set((parsed.data.batchItemFailures ?? []).map((failure) => failure.itemIdentifier))
  return [...failed].every((id) => messageIds.has(id)) ? failed : 'all'
}
