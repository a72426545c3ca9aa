import { XMLBuilder } from 'fast-xml-parser'

const statuses = {
  AccessControlListNotSupported: 400,
  AccessDenied: 403,
  AccessForbidden: 403,
  BadDigest: 400,
  BadRequest: 400,
  EntityTooLarge: 400,
  EntityTooSmall: 400,
  IncompleteBody: 400,
  InternalError: 500,
  InvalidArgument: 400,
  InvalidDigest: 400,
  InvalidEncryptionAlgorithmError: 400,
  InvalidPart: 400,
  InvalidPartOrder: 400,
  InvalidRange: 416,
  InvalidRequest: 400,
  InvalidStorageClass: 400,
  InvalidURI: 400,
  KeyTooLongError: 400,
  MalformedTrailerError: 400,
  MalformedXML: 400,
  MethodNotAllowed: 405,
  MissingContentLength: 411,
  NoSuchBucket: 404,
  NoSuchKey: 404,
  NoSuchUpload: 404,
  NoSuchVersion: 404,
  NotImplemented: 501,
  OperationAborted: 409,
  PreconditionFailed: 412,
  SignatureDoesNotMatch: 403,
  XAmzContentSHA256Mismatch: 400,
} as const

/**
 * The S3 error codes of this store.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
export type RefusalCode = keyof typeof statuses

/**
 * The refusal of a request with an S3 error code. It is thrown, although refusals are expected: most are
 * found while a body streams to disk, and only an error stops a stream. `refuse` creates one, `readRefusal`
 * reads it.
 */
export const refuse = (code: RefusalCode, message: string): Error =>
  new Error(message, { cause: { code, status: statuses[code] } satisfies Refusal })

export type Refusal = { code: string; status: number }

/** For refusals with a given code and status (authentication). */
export const refuseAs = (refusal: Refusal, message: string): Error => new Error(message, { cause: refusal })

const isRefusal = (cause: unknown): cause is Refusal =>
  typeof cause === 'object' && cause !== null && 'code' in cause && 'status' in cause

/** The refusal in an error; undefined for unexpected errors. */
export const readRefusal = (error: unknown): (Refusal & { message: string }) | undefined =>
  error instanceof Error && isRefusal(error.cause)
    ? { code: error.cause.code, status: error.cause.status, message: error.message }
    : undefined

const builder = new XMLBuilder({ ignoreAttributes: false, suppressEmptyNode: true })

/** An XML answer; `root` gets the namespace in which S3 documents it. */
export const toXml = (root: string, content: Record<string, unknown>): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build({
    [root]: root === 'Error' ? content : { '@_xmlns': 'http://s3.amazonaws.com/doc/2006-03-01/', ...content },
  })}`
