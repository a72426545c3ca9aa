import type { IncomingMessage, ServerResponse } from 'node:http'
import { authorize, authorizeService, type ServiceCaller } from '../iam/authorize.ts'
import type { RequestContext } from '../iam/context.ts'
import type { Policy } from '../iam/policy.ts'
import type { Session } from '../iam/principals.ts'
import type { Address } from './address.ts'
import type { ChunkChain } from './aws-chunked.ts'
import type { BucketFiles } from './bucket-files.ts'
import type { CorsRule } from './cors.ts'
import type { ObjectRecord, VersionRecord } from './record-file.ts'
import { refuse } from './refusal.ts'

/** A bucket for the operations. */
export type Bucket = {
  name: string
  policy?: Policy
  files: BucketFiles
  cors?: readonly CorsRule[] | undefined
}

/**
 * Reported once for every completed object; becomes EventBridge's "Object Created". The listener must not
 * throw.
 */
export type ObjectCreated = {
  bucket: string
  key: string
  /** Bytes. */
  size: number
  /** Without quotes. */
  etag: string
  /** ISO 8601. */
  eventTime: string
  /** Hexadecimal; later events about a key sort behind earlier ones. */
  sequencer: string
  /** Absent in a bucket without versioning. */
  versionId?: string | undefined
  requestId: string
  reason: 'PutObject' | 'CompleteMultipartUpload'
}

/** One authenticated request, with all that an operation needs to answer it. */
export type Operation = Address & {
  request: IncomingMessage
  response: ServerResponse
  requestId: string
  /** The caller: a session that signed the request, or a service in its own name. */
  session: Session | ServiceCaller
  chain: ChunkChain
  files: BucketFiles
  policy?: Policy
  now: () => number
  created: (record: ObjectRecord, reason: ObjectCreated['reason']) => void
}

const attempt = (operation: Operation, action: string, resource: string, context: RequestContext) => {
  const { session, policy } = operation
  const asked = { action, resource, context }
  const attempted = { ...asked, ...(policy ? { resourcePolicy: policy } : {}) }
  return 'service' in session ? authorizeService(session, attempted) : authorize(session, attempted)
}

const bucketArn = ({ bucket }: Operation) => `arn:aws:s3:::${bucket}`

const contextHeaders = ['x-amz-storage-class', 'x-amz-server-side-encryption-customer-algorithm']

/**
 * Condition keys with the values of headers; in a presigned link such a header is in the query, in any letter
 * case.
 */
const headerContext = ({ request, query }: Operation): RequestContext => {
  const inQuery = Object.entries(query).map(([name, value]) => [name.toLowerCase(), value] as const)
  const given = { ...Object.fromEntries(inQuery), ...request.headers }
  return Object.fromEntries(
    contextHeaders.flatMap((name) => (given[name] === undefined ? [] : [[`s3:${name}`, given[name]]])),
  )
}

/** Throws AccessDenied unless the caller may do this to the object. */
export const requireObjectAccess = (operation: Operation, action: string): void => {
  const answer = attempt(
    operation,
    action,
    `${bucketArn(operation)}/${operation.key}`,
    headerContext(operation),
  )
  if (answer.outcome === 'denied') throw refuse('AccessDenied', answer.message)
}

/** Throws AccessDenied unless the caller may list the bucket. */
export const requireListAccess = (operation: Operation): void => {
  const answer = attempt(operation, 's3:ListBucket', bucketArn(operation), {})
  if (answer.outcome === 'denied') throw refuse('AccessDenied', answer.message)
}

/** S3 names the version in its answer if the bucket has versioning. */
export const versionHeaders = ({ versionId }: VersionRecord): Record<string, string> =>
  versionId === undefined ? {} : { 'x-amz-version-id': versionId }

/** Sends an answer that is not streamed. */
export const send = (
  operation: Operation,
  status: number,
  headers: Record<string, string>,
  body = '',
): void => {
  operation.response.writeHead(status, {
    ...headers,
    ...(body === '' ? {} : { 'content-type': 'application/xml' }),
    // A 204 has no length; every other answer has one, so that the client need not wait for the end.
    ...(status === 204 ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
  })
  operation.response.end(body)
}
