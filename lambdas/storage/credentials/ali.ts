import openApi from '@alicloud/openapi-core'
import sts from '@alicloud/sts20150401'
import * as z from 'zod/mini'
import { type Env, env as names, required } from '../../runtime/env.ts'
import { OwnError } from '../../runtime/own-error.ts'
import type { LendCredentials, Scope, UploadCredentials } from './provider.ts'
import { type KeyPair, refusesKeys, storedKeys } from './stored-keys.ts'

/**
 * Credentials from Alibaba Cloud's STS, by its own SDK: those of the RAM role, limited to the exact keys by a
 * session policy. A RAM role cannot be limited to a folder for each dock, so only the policy keeps a dock out
 * of other docks' archives.
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

/** An STS client. The SDK knows the endpoint of each region's STS; `endpoint` overrides it. */
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

/** Named by the service's code, as in AWS's SDK. Replaces the SDK's own error, which repeats the request. */
class IssuerRefused extends OwnError {
  override readonly name: string
  /** With the names of AWS's SDK. */
  readonly $metadata: { requestId: string | undefined; httpStatusCode: number | undefined }
  constructor(error: unknown) {
    const { code = 'NoAnswer', requestId, statusCode } = Refusal.safeParse(error).data ?? {}
    super(`Alibaba Cloud's STS did not lend credentials: ${code}`)
    this.name = code
    this.$metadata = { requestId, httpStatusCode: statusCode }
  }
}

/**
 * The same rights as on S3, as a RAM policy: `oss:PutObject` includes starting, continuing and completing a
 * multipart upload. The limit of 2,048 characters is never reached with two keys.
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
