import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { authenticate } from '../iam/authenticate.ts'
import type { ServiceCaller } from '../iam/authorize.ts'
import { requirePolicy } from '../iam/policy.ts'
import type { Principals } from '../iam/principals.ts'
import { type Address, readAddress } from './address.ts'
import { openBucketFiles } from './bucket-files.ts'
import { completeMultipartUpload } from './complete-multipart-upload.ts'
import { allowOrigin, answerPreflight, type CorsRule } from './cors.ts'
import { deleteObject, getObject } from './get-object.ts'
import { listObjects } from './list-objects.ts'
import { abortMultipartUpload, createMultipartUpload, listParts, uploadPart } from './multipart-upload.ts'
import type { Bucket, ObjectCreated, Operation } from './operation.ts'
import { putObject } from './put-object.ts'
import { readRefusal, refuse, refuseAs, toXml } from './refusal.ts'

/**
 * A bucket of the template. `policy`: its bucket policy document; `versioned`: replaced objects are kept as
 * versions; `cors`: which pages of other origins may use it.
 */
export type BucketDefinition = {
  name: string
  policy?: unknown
  versioned?: boolean | undefined
  cors?: readonly CorsRule[] | undefined
}

/** A request listener for `node:http`, and a `close` that waits for requests in flight. */
export type ObjectStore = {
  listener: (request: IncomingMessage, response: ServerResponse) => Promise<void>
  /** Answers a read by a service in its own name: the bucket's policy decides. */
  serve: (
    caller: ServiceCaller,
    address: Address,
    request: IncomingMessage,
    response: ServerResponse,
  ) => Promise<void>
  close: () => Promise<void>
}

type Handler = (operation: Operation) => Promise<void>

const withoutMarker: Record<string, Handler> = {
  PUT: putObject,
  GET: getObject,
  HEAD: getObject,
  DELETE: deleteObject,
}
const withUploadId: Record<string, Handler> = {
  PUT: uploadPart,
  POST: completeMultipartUpload,
  DELETE: abortMultipartUpload,
  GET: listParts,
}

/** Query parameters that turn an object request into another operation, which is not emulated. */
const otherOperations =
  /^(acl|attributes|cors|delete|encryption|legal-hold|lifecycle|location|logging|metrics|notification|object-lock|ownershipControls|policy|policyStatus|publicAccessBlock|renameObject|replication|requestPayment|restore|retention|select|session|tagging|torrent|versioning|versions|website)$/

const readsOrRemoves = (method: string, query: Operation['query']): boolean =>
  ['GET', 'HEAD', 'DELETE'].includes(method) && query.uploadId === undefined

const chooseHandler = (method: string, { key, query }: Pick<Operation, 'key' | 'query'>): Handler => {
  const other = Object.keys(query).find((name) => otherOperations.test(name))
  if (other) throw refuse('NotImplemented', `The operation ${method} ?${other} is not emulated.`)
  if (query.versionId !== undefined && !readsOrRemoves(method, query))
    throw refuse('InvalidArgument', 'This operation does not accept a version-id.')
  const handler =
    key === ''
      ? { GET: listObjects }[method]
      : query.uploads !== undefined
        ? { POST: createMultipartUpload }[method]
        : query.uploadId !== undefined
          ? withUploadId[method]
          : withoutMarker[method]
  if (!handler) throw refuse('NotImplemented', `${method} of this resource is not emulated.`)
  return handler
}

/** Bucket names become directory names, so only valid S3 names are accepted. */
const checkName = (name: string): string => {
  if (/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes('..')) return name
  throw new Error(`${name} is not a bucket name`)
}

const sendFailure = (
  operation: Pick<Operation, 'request' | 'response' | 'requestId'>,
  error: unknown,
): void => {
  const { request, response, requestId } = operation
  const internal = { code: 'InternalError', status: 500, message: 'We encountered an internal error.' }
  const { code, status, message } = readRefusal(error) ?? internal
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  const body = toXml('Error', { Code: code, Message: message, RequestId: requestId })
  response.writeHead(status, {
    'content-type': 'application/xml',
    'Content-Length': String(Buffer.byteLength(body)),
  })
  response.end(request.method === 'HEAD' ? '' : body)
  // Read and discard the rest of the body: a client that is still sending would otherwise not see the answer.
  request.resume()
}

/** A read has no body, and so no signed chunks. */
const unsigned: Operation['chain'] = {
  value: '',
  date: '',
  scope: '',
  sign: () => Promise.reject(new Error('Nothing signed was read')),
}

/**
 * The object storage of the local runtime: S3 for the given buckets, on disk in `directory`, where everything
 * survives a restart. SDK clients reach it through `AWS_ENDPOINT_URL_S3`, devices through the endpoint in
 * their credentials. Every request is authenticated, then checked against role ∩ session policy and the
 * bucket policy. Throws at the start if a bucket policy is not emulated. `onObjectCreated` is called once per
 * completed object and must not throw.
 *
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
 */
export const createObjectStore = (use: {
  directory: string
  buckets: readonly BucketDefinition[]
  principals: Principals
  now: () => number
  onObjectCreated: (event: ObjectCreated) => void
}): ObjectStore => {
  const buckets = new Map<string, Bucket>(
    use.buckets.map(({ name, policy, versioned, cors }) => [
      name,
      {
        name,
        cors,
        files: openBucketFiles(join(use.directory, checkName(name)), { now: use.now, versioned }),
        ...(policy === undefined ? {} : { policy: requirePolicy(policy, 'resource', `bucket ${name}`) }),
      },
    ]),
  )

  const handle = async (
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
  ): Promise<void> => {
    const { method = '', url = '', headers } = request
    const asked = buckets.get(readAddress(headers.host ?? '', url, [...buckets.keys()]).bucket)
    if (method === 'OPTIONS') return answerPreflight(asked?.cors, headers, response)
    allowOrigin(asked?.cors, { method, headers }, response)
    const identity = await authenticate(use.principals, { service: 's3', method, url, headers })
    if (identity.outcome === 'refused') throw refuseAs(identity, identity.message)
    const address = readAddress(headers.host ?? '', url, [...buckets.keys()])
    if (address.bucket === '') throw refuse('NotImplemented', 'Listing the buckets is not emulated.')
    const bucket = buckets.get(address.bucket)
    if (!bucket) throw refuse('NoSuchBucket', 'The specified bucket does not exist')
    const handler = chooseHandler(method, address)
    const { session, signature: chain } = identity
    const policy = bucket.policy ? { policy: bucket.policy } : {}
    const { files } = bucket
    await handler({
      ...address,
      ...policy,
      request,
      response,
      requestId,
      session,
      chain,
      files,
      now: use.now,
      created: ({ key, sizeBytes: size, etag, order: sequencer, versionId }, reason) =>
        use.onObjectCreated({
          bucket: bucket.name,
          key,
          size,
          etag,
          sequencer,
          versionId,
          requestId,
          reason,
          eventTime: new Date(use.now()).toISOString(),
        }),
    })
  }

  const underWay = new Set<Promise<void>>()
  const answer = async (
    request: IncomingMessage,
    response: ServerResponse,
    by: (requestId: string) => Promise<void>,
  ): Promise<void> => {
    const requestId = randomBytes(8).toString('hex').toUpperCase()
    response.setHeader('x-amz-request-id', requestId)
    const work = by(requestId).catch((error: unknown) => sendFailure({ request, response, requestId }, error))
    underWay.add(work)
    await work.finally(() => underWay.delete(work))
  }
  const read = async (
    session: ServiceCaller,
    address: Address,
    asked: { request: IncomingMessage; response: ServerResponse; requestId: string },
  ): Promise<void> => {
    const bucket = buckets.get(address.bucket)
    if (!bucket) throw refuse('NoSuchBucket', 'The specified bucket does not exist')
    const { files, policy } = bucket
    await getObject({
      ...asked,
      ...address,
      session,
      files,
      now: use.now,
      chain: unsigned,
      created: () => {},
      ...(policy ? { policy } : {}),
    })
  }
  return {
    listener: (request, response) =>
      answer(request, response, (requestId) => handle(request, response, requestId)),
    serve: (caller, address, request, response) =>
      answer(request, response, (requestId) => read(caller, address, { request, response, requestId })),
    close: async () => {
      await Promise.allSettled(underWay)
    },
  }
}
