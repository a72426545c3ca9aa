import { S3RequestPresigner } from '@aws-sdk/s3-request-presigner'
import { Hash } from '@smithy/hash-node'
import { HttpRequest } from '@smithy/protocol-http'
import { escapedPath, type Presign } from './presigned-requests.ts'

type Signing = {
  endpoint: string
  bucket: string
  region: string
  credentials: ConstructorParameters<typeof S3RequestPresigner>[0]['credentials']
}

/**
 * Requests to S3 and what speaks like it, signed by the AWS SDK's own signer, without its S3 client. The
 * bucket is in the path: so certificates and private names need no entry for each bucket.
 */
export const presignS3 = ({ endpoint, bucket, region, credentials }: Signing): Presign => {
  const { protocol, hostname, port } = new URL(endpoint)
  const presigner = new S3RequestPresigner({ credentials, region, sha256: Hash.bind(null, 'sha256') })
  return async ({ method, key, query, lifetimeSeconds }) => {
    const unsigned = new HttpRequest({
      method,
      protocol,
      hostname,
      query,
      ...(port ? { port: Number(port) } : {}),
      path: escapedPath(bucket, key),
    })
    return HttpRequest.clone(await presigner.presign(unsigned, { expiresIn: lifetimeSeconds }))
  }
}
