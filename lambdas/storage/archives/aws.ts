import { fromEnv } from '@aws-sdk/credential-provider-env'
import { type Env, env as names, required } from '../../env.ts'
import { s3Endpoint } from '../endpoint.ts'
import { type Archives, archivesBehind, type PresignWith } from './presigned-requests.ts'
import { presignS3 } from './s3-signature.ts'

/** The archives in S3, reached with the rights of the function's role. */
export const archives = (env: Env): Archives => {
  const given = required(env, names.bucket, 'AWS_REGION')
  return archivesBehind(
    presignS3({
      endpoint: s3Endpoint(env),
      bucket: given[names.bucket],
      region: given.AWS_REGION,
      credentials: fromEnv(),
    }),
  )
}

export const provider = 'aws'

/** Requests as a dock makes them. */
export const presignWith: PresignWith = presignS3
