import { S3RequestPresigner } from '@aws-sdk/s3-request-presigner'
import { Hash } from '@smithy/hash-node'
import { HttpRequest } from '@smithy/protocol-http'
import { escapedPath, type Presign, type SumHeaders } from './presigned-requests.ts'

type Signing = {
  endpoint: string
  bucket: string
  region: string
  credentials: ConstructorParameters<typeof S3RequestPresigner>[0]['credentials']
}

/**
 * Requests to S3-compatible storage, signed by the AWS SDK's signer, without its S3 client. The bucket is in
 * the path, so that certificates and private host names need no entry for each bucket.
 */
export const presignS3 = ({ endpoint, bucket, region, credentials }: Signing): Presign => {
  const { protocol, hostname, port } = new URL(endpoint)
  const presigner = new S3RequestPresigner({ credentials, region, sha256: Hash.bind(null, 'sha256') })
  return async ({ method, key, query, headers = {}, lifetimeSeconds }) => {
    const unsigned = new HttpRequest({
      method,
      protocol,
      hostname,
      query,
      headers: { ...headers },
      ...(port ? { port: Number(port) } : {}),
      path: escapedPath(bucket, key),
    })
    // The signer would move headers into the query, and then clients would not have to send them.
    const unhoistableHeaders = new Set(Object.keys(headers))
    return HttpRequest.clone(
      await presigner.presign(unsigned, { expiresIn: lifetimeSeconds, unhoistableHeaders }),
    )
  }
}

/**
 * The SHA-256 of an upload, or of each part. S3 stores it and returns it for an object that was uploaded in
 * one request; for a multipart upload it has only the hash of the parts' hashes.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 */
export const s3Sums: SumHeaders = {
  demand: (sha256) => ({ 'x-amz-checksum-sha256': Buffer.from(sha256, 'hex').toString('base64') }),
  begin: { 'x-amz-checksum-algorithm': 'SHA256' },
  ask: { 'x-amz-checksum-mode': 'ENABLED' },
}
