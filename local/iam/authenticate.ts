import { createHash, timingSafeEqual } from 'node:crypto'
import { Hash } from '@smithy/hash-node'
import { HttpRequest } from '@smithy/protocol-http'
import { SignatureV4 } from '@smithy/signature-v4'
import {
  type AuthenticationFailure,
  authenticationFailure,
  type Cause,
  type Service,
} from './authentication-failures.ts'
import type { Principals, Session } from './principals.ts'
import {
  type ClaimedSignature,
  type Query,
  readSignature,
  type SignedRequest,
  splitTarget,
} from './signature.ts'

/**
 * A request with a valid signature. `signature` continues the chain for bodies that are signed chunk by
 * chunk: its `value` is the first link and `sign` signs a further string with the same key.
 */
export type Authenticated = {
  outcome: 'authenticated'
  session: Session
  signature: { value: string; date: string; scope: string; sign: (text: string) => Promise<string> }
}

/**
 * A request to authenticate. `body`: the whole body, checked with the signature. The object store leaves it
 * out and checks the body against the signed `x-amz-content-sha256` while it streams; every other service
 * must pass it.
 */
export type AuthenticationRequest = SignedRequest & { service: Service; body?: Uint8Array }

const allowedSkewMilliseconds = 15 * 60 * 1000
const alsoSignsAs: Partial<Record<string, Service>> = { iotdevicegateway: 'iotdata' }

const timeProblem = (claimed: ClaimedSignature, now: number): Cause | undefined => {
  const age = now - claimed.time
  if (claimed.expiresInSeconds === undefined) {
    return Math.abs(age) > allowedSkewMilliseconds ? 'skewed' : undefined
  }
  if (age > claimed.expiresInSeconds * 1000) return 'linkExpired'
  return age < -allowedSkewMilliseconds ? 'skewed' : undefined
}

/** S3 requires every `x-amz-` header to be signed: an unsigned one could have been added on the way. */
const hasUnsignedHeaders = (request: SignedRequest, { signedHeaders }: ClaimedSignature) =>
  Object.keys(request.headers).some((name) => name.startsWith('x-amz-') && !signedHeaders.includes(name))

const bodyDiffers = ({ service, headers, body = new Uint8Array() }: AuthenticationRequest): boolean => {
  const claimed = headers['x-amz-content-sha256']
  if (service === 's3' || claimed === undefined) return false
  return claimed !== createHash('sha256').update(body).digest('hex')
}

const signedHeadersOf = (request: SignedRequest, claimed: ClaimedSignature): Record<string, string> =>
  Object.fromEntries(
    claimed.signedHeaders.flatMap((name) => {
      const value = request.headers[name]
      return value === undefined ? [] : [[name, Array.isArray(value) ? value.join(',') : value]]
    }),
  )

/** S3 signs the path escaped once; clients differ in which harmless characters they escape on the wire. */
const escapeOnce = (path: string) =>
  path
    .split('/')
    .map((segment) =>
      encodeURIComponent(decodeURIComponent(segment)).replace(
        /[!'()*]/g,
        (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
      ),
    )
    .join('/')

const hasBrokenEscape = (path: string) => {
  try {
    escapeOnce(path)
    return false
  } catch {
    return true
  }
}

type Signing = { request: AuthenticationRequest; claimed: ClaimedSignature; path: string; query: Query }

const signatureFor = async (
  signer: SignatureV4,
  { request, claimed, path, query }: Signing,
): Promise<string> => {
  const headers = signedHeadersOf(request, claimed)
  const names = new Set(claimed.signedHeaders)
  const again = new HttpRequest({
    method: request.method,
    path: request.service === 's3' ? escapeOnce(path) : path,
    query,
    headers,
  })
  const options = { signingDate: new Date(claimed.time), signableHeaders: names }
  if (claimed.form === 'query') {
    // Presigned links are signed without a body. Anything that is neither text nor bytes counts as
    // UNSIGNED-PAYLOAD.
    again.body = {}
    const { 'X-Amz-Signature': _theirs, ...rest } = query
    again.query = rest
    const signed = await signer.presign(again, {
      ...options,
      unhoistableHeaders: names,
      expiresIn: claimed.expiresInSeconds ?? 0,
    })
    return String(signed.query?.['X-Amz-Signature'])
  }
  // Smithy takes the hash from the header if there is one, and otherwise computes it from the body.
  again.body = request.body ?? ''
  const signed = await signer.sign(again, options)
  return /Signature=([0-9a-f]+)$/.exec(signed.headers.authorization ?? '')?.[1] ?? ''
}

/**
 * Identifies the sender of a request: it signs the request again with the secret of its access key and
 * compares the two signatures in constant time. Called first for every request to an AWS endpoint of the
 * runtime. Accepts any region in the scope: the runtime is every region. Refusals have the code and status of
 * the service itself.
 *
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export const authenticate = async (
  principals: Principals,
  request: AuthenticationRequest,
): Promise<Authenticated | AuthenticationFailure> => {
  const refuse = (cause: Cause) => authenticationFailure(request.service, cause)
  const target = splitTarget(request.url)
  if (target === undefined || hasBrokenEscape(target.path)) return refuse('incomplete')
  const claimed = readSignature(request.headers, target.query)
  if (typeof claimed === 'string') return refuse(claimed)
  // A presigned link does not cover the body, and of our services only S3 has links.
  if (claimed.form === 'query' && request.service !== 's3') return refuse('incomplete')
  if ((alsoSignsAs[claimed.service] ?? claimed.service) !== request.service) return refuse('mismatch')
  if (request.service === 's3' && hasUnsignedHeaders(request, claimed)) return refuse('unsignedHeaders')
  const late = timeProblem(claimed, principals.now())
  if (late) return refuse(late)
  const found = await principals.find(claimed.accessKeyId, claimed.sessionToken)
  if (found.outcome === 'expired') return refuse('expiredToken')
  if (found.outcome !== 'found') return refuse(found.outcome)

  const signer = new SignatureV4({
    // Without the session token: the request already has it, signed or, as IoT allows, added afterwards.
    credentials: { accessKeyId: claimed.accessKeyId, secretAccessKey: found.secretAccessKey },
    region: claimed.region,
    service: claimed.service,
    sha256: Hash.bind(null, 'sha256'),
    uriEscapePath: request.service !== 's3',
    applyChecksum: false,
  })
  const ours = Buffer.from(await signatureFor(signer, { request, claimed, ...target }))
  const theirs = Buffer.from(claimed.signature)
  if (ours.length !== theirs.length || !timingSafeEqual(ours, theirs) || bodyDiffers(request))
    return refuse('mismatch')
  return {
    outcome: 'authenticated',
    session: found.session,
    signature: {
      value: claimed.signature,
      date: claimed.date,
      scope: claimed.scope,
      sign: (text) => signer.sign(text, { signingDate: new Date(claimed.time) }),
    },
  }
}
