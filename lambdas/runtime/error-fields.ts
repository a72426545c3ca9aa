import { hideSecrets } from './hide-secrets.ts'
import { OwnError } from './own-error.ts'

/** The fields of a log line about an error. */
export type ErrorFields = {
  errorName: string
  errorCode?: string
  errorMessage?: string
  /** The AWS request id, for AWS Support. */
  awsRequestId?: string
  httpStatus?: number
  attempts?: number
  missingRight?: string
  /** The causes of the error, the nearest first. */
  errorCauses?: readonly CauseFields[]
  errorStack?: string
}

type CauseFields = Omit<ErrorFields, 'errorCauses'>

/** The form of a name or code; any other text is left out. */
const word = /^[\w.$-]{1,100}$/

/** UUIDs of most services, or upper-case letters and digits as in DynamoDB and S3: never a key or a token. */
const requestIds = /^(?:[\da-fA-F]{8}(?:-[\da-fA-F]{4}){3}-[\da-fA-F]{12}|[\dA-Z]{8,64})$/

/** The most characters of a message. */
const longestMessage = 500

/** The most causes that are logged, also to end a circle of causes. */
const maxCauses = 5

export const errorFields = (error: unknown): ErrorFields => {
  const [first, ...causes] = chainOf(error)
  if (!first) return { errorName: typeof error }
  const { errorStack, ...rest } = fieldsOf(first)
  return {
    ...rest,
    ...(causes.length > 0 ? { errorCauses: causes.map(fieldsOf) } : {}),
    ...(errorStack ? { errorStack } : {}),
  }
}

/** An error and its causes. Node reports several causes at once if a host has several addresses. */
const chainOf = (error: unknown): Error[] => {
  const chain = new Set<Error>()
  const waiting = [error]
  for (const one of waiting) {
    if (!(one instanceof Error) || chain.has(one) || chain.size > maxCauses) continue
    chain.add(one)
    waiting.push(one.cause, ...(one instanceof AggregateError ? one.errors.slice(0, maxCauses) : []))
  }
  return [...chain]
}

/**
 * Reads the fields that the SDK sets on its errors, and Node on network errors. Values of an unexpected type
 * are left out.
 * https://docs.aws.amazon.com/sdk-for-javascript/v3/developer-guide/the-response-object.html
 */
const fieldsOf = (error: Error): CauseFields => {
  const metadata = valueIn(error, '$metadata')
  const errorCode = wordIn(error, 'code') ?? wordIn(error, 'Code')
  const requestId = valueIn(metadata, 'requestId')
  const httpStatus = numberIn(metadata, 'httpStatusCode') ?? numberIn(error, 'status')
  const attempts = numberIn(metadata, 'attempts')
  const missingRight = rightIn(error.message)
  const message = isFromSafeSource(error) ? hideSecrets(error.message).slice(0, longestMessage) : ''
  const errorStack = framesOf(error)
  return {
    errorName: wordIn(error, 'name') ?? 'Error',
    ...(errorCode ? { errorCode } : {}),
    ...(message ? { errorMessage: message.toWellFormed() } : {}),
    ...(typeof requestId === 'string' && requestIds.test(requestId) ? { awsRequestId: requestId } : {}),
    ...(httpStatus ? { httpStatus } : {}),
    ...(attempts ? { attempts } : {}),
    ...(missingRight ? { missingRight } : {}),
    ...(errorStack ? { errorStack } : {}),
  }
}

const valueIn = (from: unknown, name: string): unknown =>
  typeof from === 'object' && from !== null ? Reflect.get(from, name) : undefined

const numberIn = (from: unknown, name: string): number | undefined => {
  const value = valueIn(from, name)
  return typeof value === 'number' ? value : undefined
}

/** A word in a field of an error, without secrets: a foreign server chooses the names of its errors. */
const wordIn = (from: unknown, name: string): string | undefined => {
  const value = valueIn(from, name)
  return typeof value === 'string' && word.test(value) ? hideSecrets(value) : undefined
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
const rightIn = (message: string): string | undefined =>
  /not authorized to perform: ([a-z0-9-]+:\w+(?: on resource: [\w:/.+=,@*$-]+)?)/.exec(message)?.[1]

/**
 * Whether the message of an error may be logged: those of AWS services, of the network and our own. Others
 * may repeat their input, such as those of parsers and argument checks, including the SDK's parser of
 * responses.
 */
const isFromSafeSource = (error: Error): boolean => {
  if (error instanceof SyntaxError || error.name === '$ZodError') return false
  return error instanceof OwnError || '$metadata' in error || isOfNetwork(error)
}

/**
 * Node's system errors name the system call that failed; the SDK's request handler names its timeouts
 * `TimeoutError`.
 * https://nodejs.org/api/errors.html#class-systemerror
 */
const isOfNetwork = (error: Error): boolean =>
  ('syscall' in error && 'errno' in error) || error.name === 'TimeoutError'

const frame = /^ {4}at (?:[\w$.#<>[\] ]+ )?\(?(?:[\w./@+~%-]|:\/\/|node:)+:\d+:\d+\)?$/

/** The stack frames. Drops the name and message at the top of a stack, whose lines may look like frames. */
const framesOf = ({ stack = '', name, message }: Error): string => {
  const head = new Set(`${name}\n${message}`.split('\n'))
  const frames = stack.split('\n').filter((line) => frame.test(line) && !head.has(line))
  return frames.slice(0, 8).join('\n')
}
