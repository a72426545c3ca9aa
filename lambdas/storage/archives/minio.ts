import { type Env, env as names, required } from '../../env.ts'
import type { Archives, PresignWith } from './presigned-requests.ts'
import { presignS3 } from './s3-signature.ts'
import { archivesWithStoredKeys } from './with-stored-keys.ts'

/** The archives in MinIO, which takes the requests and signatures of S3. */
export const archives = (env: Env): Archives => {
  const given = required(env, names.bucket, names.storageEndpoint, names.storageRegion)
  return archivesWithStoredKeys(env, (credentials) =>
    presignS3({
      endpoint: given[names.storageEndpoint],
      bucket: given[names.bucket],
      region: given[names.storageRegion],
      credentials,
    }),
  )
}

export const provider = 'minio'

/** Requests as a dock makes them. */
export const presignWith: PresignWith = presignS3
