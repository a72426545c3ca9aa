import { STSClient } from '@aws-sdk/client-sts'
import { clientSettings } from '../../runtime/aws-client.ts'
import { type Env, env as names, required } from '../../runtime/env.ts'
import { assumeRole } from './assume-role.ts'
import type { LendCredentials } from './provider.ts'
import { s3SessionPolicy } from './s3-session-policy.ts'
import { refusesKeys, storedKeys } from './stored-keys.ts'

/**
 * AWS's API requires a role. MinIO ignores it and lends the rights of the calling user. SeaweedFS looks the
 * role up, and accepts only names in AWS's form (`weed/iam/sts`).
 */
export const defaultRole = 'arn:aws:iam::000000000000:role/GroundcrewUpload'

/**
 * Credentials from MinIO's own STS, at the root of the server: the rights of our key pair's user, limited to
 * the exact keys by the same session policy as on AWS. MinIO has no session tags, so only the policy keeps a
 * dock out of other docks' archives.
 * https://github.com/minio/minio/blob/master/docs/sts/assume-role.md
 */
export const lend = (env: Env): LendCredentials => {
  const given = required(env, names.bucket, names.storageEndpoint, names.storageRegion)
  const bucket = given[names.bucket]
  const endpoint = given[names.storageEndpoint]
  const region = given[names.storageRegion]
  const role = env[names.storageRole] ?? defaultRole
  const withKeys = storedKeys(env, refusesKeys)
  const storage = {
    provider: 'minio',
    bucket,
    region,
    endpoint: env[names.dockStorageEndpoint] ?? endpoint,
  } as const
  return async (scope) => ({
    storage,
    credentials: await withKeys((credentials) =>
      assumeRole(new STSClient({ ...clientSettings(), endpoint, region, credentials }), {
        RoleArn: role,
        RoleSessionName: `upload-${scope.uploadId}`,
        DurationSeconds: scope.lifetimeSeconds,
        Policy: s3SessionPolicy(`arn:aws:s3:::${bucket}`, scope.keys),
      }),
    ),
  })
}
