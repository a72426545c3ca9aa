import { type Env, env as names, required } from '../../runtime/env.ts'
import type { KeyPair } from '../credentials/stored-keys.ts'
import type { Archives, PresignWith, WithPresign } from './presigned-requests.ts'
import { presignS3 } from './s3-signature.ts'
import { archivesWithStoredKeys, signerWithStoredKeys } from './with-stored-keys.ts'

const presignIn = (env: Env, bucket: string) => {
  const given = required(env, names.storageEndpoint, names.storageRegion)
  const place = { endpoint: given[names.storageEndpoint], region: given[names.storageRegion], bucket }
  return (credentials: KeyPair) => presignS3({ ...place, credentials })
}

/** The archives in MinIO, which accepts S3's requests and signatures. */
export const archives = (env: Env): Archives =>
  archivesWithStoredKeys(env, presignIn(env, required(env, names.bucket)[names.bucket]))

/** Signs requests to a bucket in MinIO. */
export const presigning = (env: Env, bucket: string): WithPresign =>
  signerWithStoredKeys(env, presignIn(env, bucket))

export { s3Sums as sums } from './s3-signature.ts'

export const provider = 'minio'

/** Signs requests as a dock does. */
export const presignWith: PresignWith = presignS3
