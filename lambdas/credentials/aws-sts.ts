import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { storageEndpoint } from '../archives.ts'
import { type Env, env as names, required } from '../env.ts'
import type { LendCredentials, Scope } from './provider.ts'

/**
 * Credentials from AWS STS: the upload role, narrowed to the exact keys by a session policy. The role itself is narrowed to
 * the dock's prefix by the session tags, so that either alone would keep a dock out of its neighbour's archives.
 * `SourceIdentity` puts the upload's id into CloudTrail. Sources: STS API reference, AssumeRole; IAM User Guide, session
 * tags. A function's role is itself a session, so one hour is the most that STS gives (role chaining).
 */
export const awsSts = (env: Env): LendCredentials => {
  const given = required(env, names.uploadRole, names.bucket, 'AWS_REGION')
  const bucket = given[names.bucket]
  const region = given.AWS_REGION
  const [, partition] = given[names.uploadRole].split(':')
  const client = new STSClient({})
  const endpoint = storageEndpoint(env)
  return async (scope) => {
    const { Credentials: lent } = await client.send(
      new AssumeRoleCommand({
        RoleArn: given[names.uploadRole],
        RoleSessionName: `upload-${scope.uploadId}`,
        DurationSeconds: scope.lifetimeSeconds,
        Policy: sessionPolicy(`arn:${partition}:s3:::${bucket}`, scope.keys),
        Tags: [
          { Key: 'fleet', Value: scope.fleet },
          { Key: 'dockSn', Value: scope.dockSn },
        ],
        SourceIdentity: scope.uploadId,
      }),
    )
    if (!lent?.AccessKeyId || !lent.SecretAccessKey || !lent.SessionToken || !lent.Expiration)
      throw new Error('STS answered without credentials')
    return {
      storage: { provider: 'aws', bucket, region, endpoint },
      credentials: {
        accessKeyId: lent.AccessKeyId,
        secretAccessKey: lent.SecretAccessKey,
        sessionToken: lent.SessionToken,
        expiresAt: lent.Expiration.getTime(),
      },
    }
  }
}

/** Exactly what an upload in one or several parts needs; at most 2,048 characters, which two keys never reach. */
export const sessionPolicy = (bucketArn: string, keys: Scope['keys']): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
        Resource: keys.map((key) => `${bucketArn}/${key}`),
      },
    ],
  })
