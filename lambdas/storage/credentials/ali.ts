import openApi from '@alicloud/openapi-core'
import sts from '@alicloud/sts20150401'
import * as z from 'zod/mini'
import { type Env, env as names, required } from '../../env.ts'
import { OwnError } from '../../runtime/own-error.ts'
import type { LendCredentials, Scope, UploadCredentials } from './provider.ts'
import { type KeyPair, refusesKeys, storedKeys } from './stored-keys.ts'

/**
 * Credentials from Alibaba Cloud's STS, by its own SDK: the RAM role, narrowed to the exact keys by a session
 * policy. A RAM role can have no folder for each dock, so the policy alone keeps a dock out of its
 * neighbour's archives.
 * https://www.alibabacloud.com/help/en/ram/developer-reference/api-sts-2015-04-01-assumerole
 */
export const lend = (env: Env): LendCredentials => {
  const given = required(env, names.bucket, names.storageEndpoint, names.storageRegion, names.aliRole)
  const bucket = given[names.bucket]
  const region = given[names.storageRegion]
  const withKeys = storedKeys(env, refusesKeys)
  const endpoint = env[names.dockStorageEndpoint] ?? given[names.storageEndpoint]
  return async (scope) => {
    const request = new sts.AssumeRoleRequest({
      roleArn: given[names.aliRole],
      roleSessionName: `upload-${scope.uploadId}`,
      durationSeconds: scope.lifetimeSeconds,
      policy: ossSessionPolicy(bucket, scope.keys),
    })
    const credentials = await withKeys((keys) => assumeRole(client(keys, region, env[names.aliSts]), request))
    return { storage: { provider: 'ali', bucket, region, endpoint }, credentials }
  }
}

/** The SDK knows where the STS of each region is; `endpoint` is for those who reach it elsewhere. */
const client = (keys: KeyPair, regionId: string, endpoint: string | undefined) => {
  const { protocol, host } = endpoint ? new URL(endpoint) : {}
  const config = new openApi.$OpenApiUtil.Config({
    accessKeyId: keys.accessKeyId,
    accessKeySecret: keys.secretAccessKey,
    regionId,
    connectTimeout: 2_000,
    readTimeout: 5_000,
    ...(host ? { endpoint: host, protocol: protocol?.replace(':', '') } : {}),
  })
  return new sts.default(config)
}

const Answer = z.object({
  body: z.object({
    credentials: z.object({
      accessKeyId: z.string(),
      accessKeySecret: z.string(),
      securityToken: z.string(),
      expiration: z.iso.datetime(),
    }),
  }),
})

const assumeRole = async (
  issuer: ReturnType<typeof client>,
  request: InstanceType<typeof sts.AssumeRoleRequest>,
): Promise<UploadCredentials['credentials']> => {
  const answer = await issuer.assumeRole(request).catch((error: unknown) => {
    throw new IssuerRefused(error)
  })
  const read = Answer.safeParse(answer)
  if (!read.success) throw new OwnError('STS answered without credentials')
  const { accessKeyId, accessKeySecret, securityToken, expiration } = read.data.body.credentials
  return {
    accessKeyId,
    secretAccessKey: accessKeySecret,
    sessionToken: securityToken,
    expiresAt: Date.parse(expiration),
  }
}

const Refusal = z.object({
  code: z.optional(z.string()),
  requestId: z.optional(z.string()),
  statusCode: z.optional(z.number()),
})

/** Named by the service's code, as AWS's SDK names its errors; the SDK's own error repeats the request. */
class IssuerRefused extends OwnError {
  override readonly name: string
  /** Under the names that AWS's SDK has for them. */
  readonly $metadata: { requestId: string | undefined; httpStatusCode: number | undefined }
  constructor(error: unknown) {
    const { code = 'NoAnswer', requestId, statusCode } = Refusal.safeParse(error).data ?? {}
    super(`Alibaba Cloud's STS did not lend credentials: ${code}`)
    this.name = code
    this.$metadata = { requestId, httpStatusCode: statusCode }
  }
}

/**
 * The same rights as on S3, in RAM's language: starting, continuing and completing an upload in parts is
 * `oss:PutObject`. At most 2,048 characters, which two keys never reach.
 * https://www.alibabacloud.com/help/en/oss/user-guide/authorization-syntax-and-elements
 */
export const ossSessionPolicy = (bucket: string, keys: Scope['keys']): string =>
  JSON.stringify({
    Version: '1',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['oss:PutObject', 'oss:AbortMultipartUpload', 'oss:ListParts'],
        Resource: keys.map((key) => `acs:oss:*:*:${bucket}/${key}`),
      },
    ],
  })
