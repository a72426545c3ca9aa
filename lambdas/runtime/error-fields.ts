import { hideSecrets } from './hide-secrets.ts'
import { OwnError } from './own-error.ts'

/** What a log line says of an error. */
export type ErrorFields = {
  errorName: string
  errorCode?: string
  errorMessage?: string
  /** The service's own id of the request, for its support. */
  awsRequestId?: string
  httpStatus?: number
  attempts?: number
  missingRight?: string
  /** The errors that it came of, the nearest first. */
  errorCauses?: readonly CauseFields[]
  errorStack?: string
}

type CauseFields = Omit<ErrorFields, 'errorCauses'>

/** Anything else in its place is no name. */
const word = /^[\w.$-]{1,100}$/

/** UUIDs of most services, capitals and digits of DynamoDB and S3. A key or a token is neither. */
const requestIds = /^(?:[\da-fA-F]{8}(?:-[\da-fA-F]{4}){3}-[\da-fA-F]{12}|[\dA-Z]{8,64})$/

/** Characters of a message. */
const longestMessage = 500

/** Errors that came of others are a few; a circle would have no end. */
const mostCauses = 5

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

/** An error and those behind it. Node names several at once where a host has several addresses. */
const chainOf = (error: unknown): Error[] => {
  const chain = new Set<Error>()
  const waiting = [error]
  for (const one of waiting) {
    if (!(one instanceof Error) || chain.has(one) || chain.size > mostCauses) continue
    chain.add(one)
    waiting.push(one.cause, ...(one instanceof AggregateError ? one.errors.slice(0, mostCauses) : []))
  }
  return [...chain]
}

/**
 * The fields are those that the SDK puts on every error that it throws, and Node on those of the network.
 * What is of another kind than theirs is left out.
 * https://docs.aws.amazon.com/sdk-for-javascript/v3/developer-guide/the-response-object.html
 */
const fieldsOf = (error: Error): CauseFields => {
  const metadata = valueIn(error, '$metadata')
  const errorCode = wordIn(error, 'code') ?? wordIn(error, 'Code')
  const requestId = valueIn(metadata, 'requestId')
  const httpStatus = numberIn(metadata, 'httpStatusCode') ?? numberIn(error, 'status')
  const attempts = numberIn(metadata, 'attempts')
  const missingRight = rightIn(error.message)
  const told = isToldBySafeSource(error) ? hideSecrets(error.message).slice(0, longestMessage) : ''
  const errorStack = framesOf(error)
  return {
    errorName: wordIn(error, 'name') ?? 'Error',
    ...(errorCode ? { errorCode } : {}),
    ...(told ? { errorMessage: told.toWellFormed() } : {}),
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

/** A server may name its fault as it likes. */
const wordIn = (from: unknown, name: string): string | undefined => {
  const value = valueIn(from, name)
  return typeof value === 'string' && word.test(value) ? hideSecrets(value) : undefined
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
const rightIn = (message: string): string | undefined =>
  /not authorized to perform: ([a-z0-9-]+:\w+(?: on resource: [\w:/.+=,@*$-]+)?)/.exec(message)?.[1]

/**
 * Services and the network say what they miss, and we know what we say ourselves. Messages of other errors
 * are not kept: parsers and checks of arguments repeat what they were given. That holds for the SDK's own
 * parsing of an answer, too.
 */
const isToldBySafeSource = (error: Error): boolean => {
  if (error instanceof SyntaxError || error.name === '$ZodError') return false
  return error instanceof OwnError || '$metadata' in error || isOfNetwork(error)
}

/**
 * Node's system errors name the call that failed; a handler of requests gives its own time-outs that name.
 * https://nodejs.org/api/errors.html#class-systemerror
 */
const isOfNetwork = (error: Error): boolean =>
  ('syscall' in error && 'errno' in error) || error.name === 'TimeoutError'

const frame = /^ {4}at (?:[\w$.#<>[\] ]+ )?\(?(?:[\w./@+~%-]|:\/\/|node:)+:\d+:\d+\)?$/

/** Where it was thrown. A stack begins with name and message, of which a line may look like a place. */
const framesOf = ({ stack = '', name, message }: Error): string => {
  const told = new Set(`${name}\n${message}`.split('\n'))
  const frames = stack.split('\n').filter((line) => frame.test(line) && !told.has(line))
  return frames.slice(0, 8).join('\n')
}
