import { fromEnv } from '@aws-sdk/credential-provider-env'
import { type Env, env as names, required } from '../../runtime/env.ts'
import { s3Endpoint } from '../endpoint.ts'
import { type Archives, archivesBehind, type PresignWith, type WithPresign } from './presigned-requests.ts'
import { presignS3 } from './s3-signature.ts'

const presignIn = (env: Env, bucket: string) => {
  const { AWS_REGION: region } = required(env, 'AWS_REGION')
  return presignS3({ endpoint: s3Endpoint(env), bucket, region, credentials: fromEnv() })
}

/** The archives in S3, with the rights of the function's role. */
export const archives = (env: Env): Archives =>
  archivesBehind(presignIn(env, required(env, names.bucket)[names.bucket]))

/** Signs requests to a bucket in S3. */
export const presigning = (env: Env, bucket: string): WithPresign => {
  const presign = presignIn(env, bucket)
  return (use) => use(presign)
}

export { s3Sums as sums } from './s3-signature.ts'

export const provider = 'aws'

/** Signs requests as a dock does. */
export const presignWith: PresignWith = presignS3
