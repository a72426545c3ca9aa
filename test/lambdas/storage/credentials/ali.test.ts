import assert from 'node:assert/strict'
import { describe, it, type TestContext, test } from 'node:test'
import * as z from 'zod'
import { env as names } from '../../../../lambdas/runtime/env.ts'
import { newId } from '../../../../lambdas/runtime/new-id.ts'
import { lend, ossSessionPolicy } from '../../../../lambdas/storage/credentials/ali.ts'
import { objectKey } from '../../../../lambdas/storage/object-key.ts'
import { acs3Signature } from './alibaba-signatures.ts'
import { type Captured, captureRequests, secretArn, serveSecret } from './captured-requests.ts'

const createdAt = 1_800_000_000_000
const uploadId = newId(createdAt)
const of = { fleet: 'north', dockSn: 'DOCK1', createdAt, uploadId }
const keys = [objectKey({ ...of, module: 'aircraft' }), objectKey({ ...of, module: 'dock' })]

/**
 * What a RAM policy for OSS may consist of. No `Principal`: that is for bucket policies.
 * https://www.alibabacloud.com/help/en/oss/user-guide/authorization-syntax-and-elements
 */
const RamPolicy = z.strictObject({
  Version: z.literal('1'),
  Statement: z
    .array(
      z.strictObject({
        Effect: z.enum(['Allow', 'Deny']),
        Action: z.array(z.string().regex(/^oss:[A-Z][A-Za-z]+$/)).min(1),
        Resource: z
          .array(z.string().regex(/^acs:oss:[^:]*:[^:]*:[a-z0-9][a-z0-9-]{1,61}[a-z0-9]\/.+$/))
          .min(1),
      }),
    )
    .min(1),
})

/** `*` stands for any text; everything else for itself. */
const matches = (pattern: string, text: string): boolean => {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.\\+?^${}()|[\]]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`).test(text)
}

describe('the session policy for OSS', () => {
  const { Statement } = RamPolicy.parse(JSON.parse(ossSessionPolicy('uploads', keys)))
  const allows = (action: string, key: string, bucket = 'uploads'): boolean =>
    Statement.some(
      ({ Effect, Action, Resource }) =>
        Effect === 'Allow' &&
        Action.includes(action) &&
        Resource.some((one) => matches(one, `acs:oss:oss-cn-hangzhou:1234567890:${bucket}/${key}`)),
    )
  const [, dock = ''] = keys

  it('lets a dock put its archives, in one part or several', () => {
    for (const action of ['oss:PutObject', 'oss:AbortMultipartUpload', 'oss:ListParts'])
      for (const key of keys) assert(allows(action, key), `${action} ${key}`)
  })

  for (const [name, action, key, bucket] of [
    ['read its archive', 'oss:GetObject', dock],
    ['delete its archive', 'oss:DeleteObject', dock],
    ['tag its archive', 'oss:PutObjectTagging', dock],
    ['open its archive to others', 'oss:PutObjectAcl', dock],
    ['list the bucket', 'oss:ListObjects', ''],
    ['upload under another name', 'oss:PutObject', `${dock}.2`],
    ['upload to another upload', 'oss:PutObject', dock.replace(uploadId, newId(createdAt))],
    ['upload to another dock', 'oss:PutObject', dock.replace('DOCK1', 'DOCK2')],
    ['upload to another fleet', 'oss:PutObject', dock.replace('north', 'south')],
    ['upload to another bucket', 'oss:PutObject', dock, 'others'],
  ] as const)
    it(`does not let a dock ${name}`, () => assert(!allows(action, key, bucket)))

  it('stays below the limit of STS, with the longest possible names', () => {
    const longest = { fleet: 'f'.repeat(64), dockSn: 'D'.repeat(32), createdAt, uploadId }
    const policy = ossSessionPolicy('b'.repeat(63), [
      objectKey({ ...longest, module: 'aircraft' }),
      objectKey({ ...longest, module: 'dock' }),
    ])
    assert.ok(policy.length <= 2048, `${policy.length} characters`)
  })
})

const issued = {
  RequestId: 'r',
  AssumedRoleUser: { Arn: 'acs:ram::1:role/upload/x', AssumedRoleId: '1:x' },
  Credentials: {
    AccessKeyId: 'STS.1',
    AccessKeySecret: 'lent-secret',
    SecurityToken: 'lent-token',
    Expiration: '2027-01-15T09:00:00Z',
  },
}
const scope = { uploadId, dockSn: 'DOCK1', fleet: 'north', keys, lifetimeSeconds: 3600 }

const openIssuer = async (
  t: TestContext,
  answer: (request: Captured) => { status?: number; body: unknown } = () => ({ body: issued }),
) => {
  const secret = await serveSecret(t, { accessKeyId: 'LTAItest', secretAccessKey: 'stored-secret' })
  const issuer = await captureRequests(t, (request) => {
    const { body, ...rest } = answer(request)
    return { ...rest, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  })
  const env = {
    [names.bucket]: 'uploads',
    [names.storageEndpoint]: 'https://oss-cn-hangzhou.aliyuncs.com',
    [names.storageRegion]: 'cn-hangzhou',
    [names.storageSecret]: secretArn,
    [names.aliRole]: 'acs:ram::1234567890:role/upload',
    [names.aliSts]: issuer.url,
  }
  return { ...issuer, secret, env }
}

test('Alibaba Cloud is asked for a session of the role, for the keys of the job', async (t) => {
  const { env, requests } = await openIssuer(t)
  const lent = await lend(env)(scope)
  assert.equal(requests.length, 1)
  const [request] = requests
  assert(request)

  await t.test('with the published parameters', () => {
    assert.deepEqual(
      [request.method, request.headers['x-acs-action'], request.headers['x-acs-version']],
      ['POST', 'AssumeRole', '2015-04-01'],
    )
    assert.deepEqual(Object.fromEntries(request.url.searchParams), {
      RoleArn: 'acs:ram::1234567890:role/upload',
      RoleSessionName: `upload-${uploadId}`,
      DurationSeconds: '3600',
      Policy: ossSessionPolicy('uploads', keys),
    })
    // 2 to 64 characters:
    // https://www.alibabacloud.com/help/en/ram/developer-reference/api-sts-2015-04-01-assumerole
    assert.match(request.url.searchParams.get('RoleSessionName') ?? '', /^[\w.@-]{2,64}$/)
  })

  await t.test('with the published signature', () => {
    const authorization = /^ACS3-HMAC-SHA256 Credential=(.*),SignedHeaders=(.*),Signature=(.*)$/.exec(
      request.headers.authorization ?? '',
    )
    const [, key, signed = '', signature] = authorization ?? []
    assert.equal(key, 'LTAItest')
    for (const name of [
      'host',
      'x-acs-action',
      'x-acs-content-sha256',
      'x-acs-date',
      'x-acs-signature-nonce',
    ])
      assert(signed.split(';').includes(name), name)
    assert.equal(signature, acs3Signature(request, 'stored-secret', signed.split(';')))
  })

  await t.test('and docks are told where and with what', () =>
    assert.deepEqual(lent, {
      storage: {
        provider: 'ali',
        bucket: 'uploads',
        region: 'cn-hangzhou',
        endpoint: 'https://oss-cn-hangzhou.aliyuncs.com',
      },
      credentials: {
        accessKeyId: 'STS.1',
        secretAccessKey: 'lent-secret',
        sessionToken: 'lent-token',
        expiresAt: Date.parse('2027-01-15T09:00:00Z'),
      },
    }),
  )
})

test('a refusal of Alibaba Cloud is an error by the name of its code, without the request', async (t) => {
  for (const [status, code] of [
    [403, 'NoPermission'],
    [404, 'EntityNotExist.Role'],
    [400, 'InvalidParameter.PolicyGrammar'],
    [400, 'Throttling.User'],
    [500, 'InternalError'],
  ] as const) {
    const Message = `no: ${ossSessionPolicy('uploads', keys)}`
    const { env } = await openIssuer(t, () => ({ status, body: { Code: code, Message, RequestId: 'r' } }))
    await assert.rejects(
      lend(env)(scope),
      (error: Error) =>
        error.name === code && !/north\/DOCK1|stored-secret|LTAItest/.test(`${error.message} ${error.stack}`),
    )
  }
})

test('an answer without credentials lends nothing', async (t) => {
  const { Credentials, ...rest } = issued
  const { SecurityToken, ...half } = Credentials
  for (const body of [rest, { ...rest, Credentials: half }]) {
    const { env } = await openIssuer(t, () => ({ body }))
    await assert.rejects(lend(env)(scope), /without credentials/)
  }
})

test('an issuer that cannot be reached lends nothing, and the error has a name', async (t) => {
  const { env } = await openIssuer(t)
  await assert.rejects(
    lend({ ...env, [names.aliSts]: 'http://127.0.0.1:1' })(scope),
    /did not lend credentials/,
  )
})

test('a rotated key pair lends at once', async (t) => {
  const { env, secret, requests } = await openIssuer(t, ({ headers }) =>
    headers.authorization?.includes('Credential=new,')
      ? { body: issued }
      : { status: 404, body: { Code: 'InvalidAccessKeyId.NotFound', Message: 'not found', RequestId: 'r' } },
  )
  const lending = lend(env)
  await assert.rejects(lending(scope), { name: 'InvalidAccessKeyId.NotFound' })
  secret.set({ accessKeyId: 'new', secretAccessKey: 'stored-secret' })
  assert.equal((await lending(scope)).credentials.accessKeyId, 'STS.1')
  assert.equal(requests.length, 3)
})
