import { STSClient } from '@aws-sdk/client-sts'
import { clientSettings } from '../../runtime/aws-client.ts'
import { type Env, env as names, required } from '../../runtime/env.ts'
import { s3Endpoint } from '../endpoint.ts'
import { assumeRole } from './assume-role.ts'
import type { LendCredentials } from './provider.ts'
import { s3SessionPolicy } from './s3-session-policy.ts'

/**
 * Credentials from AWS STS: those of the upload role, limited to the exact keys by a session policy. Session
 * tags also limit the role to the dock's prefix, so that either alone would keep a dock out of other docks'
 * archives. `SourceIdentity` puts the upload's id into CloudTrail. Sources: STS API reference, AssumeRole;
 * IAM User Guide, session tags. A function's role is itself a session, so the longest session is one hour
 * (role chaining).
 */
export const lend = (env: Env): LendCredentials => {
  const given = required(env, names.uploadRole, names.bucket, 'AWS_REGION')
  const bucket = given[names.bucket]
  const region = given.AWS_REGION
  const [, partition] = given[names.uploadRole].split(':')
  const client = new STSClient(clientSettings())
  const endpoint = s3Endpoint(env)
  return async (scope) => ({
    storage: { provider: 'aws', bucket, region, endpoint },
    credentials: await assumeRole(client, {
      RoleArn: given[names.uploadRole],
      RoleSessionName: `upload-${scope.uploadId}`,
      DurationSeconds: scope.lifetimeSeconds,
      Policy: s3SessionPolicy(`arn:${partition}:s3:::${bucket}`, scope.keys, {
        kmsKeyArn: env[names.kmsKey],
        onlyPlain: true,
      }),
      Tags: [
        { Key: 'fleet', Value: scope.fleet },
        { Key: 'dockSn', Value: scope.dockSn },
      ],
      SourceIdentity: scope.uploadId,
    }),
  })
}
