import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { env as names } from '../../../../lambdas/runtime/env.ts'
import { newId } from '../../../../lambdas/runtime/new-id.ts'
import { lend } from '../../../../lambdas/storage/credentials/aws.ts'
import { s3SessionPolicy } from '../../../../lambdas/storage/credentials/s3-session-policy.ts'
import { objectKey } from '../../../../lambdas/storage/object-key.ts'
import { evaluate } from '../../../../local/iam/evaluate.ts'
import { requirePolicy } from '../../../../local/iam/policy.ts'

const createdAt = 1_800_000_000_000
const uploadId = newId(createdAt)
const of = { fleet: 'north', dockSn: 'DOCK1', createdAt, uploadId }
const keys = [objectKey({ ...of, module: 'aircraft' }), objectKey({ ...of, module: 'dock' })]
const bucket = 'arn:aws:s3:::uploads'

describe('the session policy of lent credentials', () => {
  it('stays below the limit of STS, with the longest possible names', () => {
    const longest = { fleet: 'f'.repeat(64), dockSn: 'D'.repeat(32), createdAt, uploadId }
    const longestKeys = [
      objectKey({ ...longest, module: 'aircraft' }),
      objectKey({ ...longest, module: 'dock' }),
    ]
    const kmsKeyArn = `arn:aws-us-gov:kms:us-gov-west-1:000000000000:key/mrk-${'0'.repeat(32)}`
    const policy = s3SessionPolicy(`arn:aws-us-gov:s3:::${'b'.repeat(63)}`, longestKeys, {
      kmsKeyArn,
      onlyPlain: true,
    })
    // https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    assert.ok(policy.length <= 2048, `${policy.length} characters`)
  })

  /** Held against a role that may do everything, so that the session policy alone decides. */
  const decide = (action: string, resource: string) => {
    const everything = { Effect: 'Allow', Action: '*', Resource: '*' }
    const role = requirePolicy({ Version: '2012-10-17', Statement: [everything] }, 'identity', 'the role')
    const session = requirePolicy(JSON.parse(s3SessionPolicy(bucket, keys)), 'identity', 'the session policy')
    return evaluate({ identity: [role], session }, { action, resource, context: {} })
  }
  const [aircraft = '', dock = ''] = keys

  for (const [action, resource] of [
    ['s3:PutObject', `${bucket}/${aircraft}`],
    ['s3:PutObject', `${bucket}/${dock}`],
    ['s3:AbortMultipartUpload', `${bucket}/${dock}`],
    ['s3:ListMultipartUploadParts', `${bucket}/${dock}`],
  ] as const)
    it(`lets a dock ${action} ${resource.split('/').at(-1)}`, () =>
      assert.equal(decide(action, resource), 'allow'))

  for (const [name, action, resource] of [
    ['read its archive', 's3:GetObject', `${bucket}/${dock}`],
    ['delete its archive', 's3:DeleteObject', `${bucket}/${dock}`],
    ['list the bucket', 's3:ListBucket', bucket],
    ['tag its archive', 's3:PutObjectTagging', `${bucket}/${dock}`],
    ['upload under another name', 's3:PutObject', `${bucket}/${dock}.2`],
    ['upload to another upload', 's3:PutObject', `${bucket}/${dock.replace(uploadId, newId(createdAt))}`],
    ['upload to another dock', 's3:PutObject', `${bucket}/${dock.replace('DOCK1', 'DOCK2')}`],
    ['upload to another fleet', 's3:PutObject', `${bucket}/${dock.replace('north', 'south')}`],
    ['upload to another bucket', 's3:PutObject', `arn:aws:s3:::others/${dock}`],
    ['take another role', 'sts:AssumeRole', 'arn:aws:iam::000000000000:role/admin'],
  ] as const)
    it(`does not let a dock ${name}`, () => assert.equal(decide(action, resource), 'implicitDeny'))
})

describe('lending credentials', () => {
  const asked: URLSearchParams[] = []
  let answer = ''
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    asked.push(new URLSearchParams(body))
    response
      .writeHead(200, { 'content-type': 'text/xml' })
      .end(
        `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>${answer}</AssumeRoleResult></AssumeRoleResponse>`,
      )
  })
  before(async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    process.env.AWS_ENDPOINT_URL_STS = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
    process.env.AWS_REGION = 'eu-central-1'
    process.env.AWS_ACCESS_KEY_ID = 'test'
    process.env.AWS_SECRET_ACCESS_KEY = 'test'
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })

  const env = {
    [names.uploadRole]: 'arn:aws-cn:iam::000000000000:role/upload',
    [names.bucket]: 'uploads',
    [names.storageEndpoint]: 'https://s3.cn-north-1.amazonaws.com.cn',
    AWS_REGION: 'cn-north-1',
  }
  const scope = { uploadId, dockSn: 'DOCK1', fleet: 'north', keys, lifetimeSeconds: 3600 }
  const issued = `<Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s</SecretAccessKey>
    <SessionToken>t</SessionToken><Expiration>2027-01-15T09:00:00Z</Expiration></Credentials>`

  it('asks for the role, tagged with fleet and dock, named after the upload, for these keys', async () => {
    answer = issued
    const lent = await lend(env)(scope)
    const request = Object.fromEntries(asked.at(-1) ?? [])
    assert.equal(request.RoleArn, env[names.uploadRole])
    assert.equal(request.DurationSeconds, '3600')
    assert.equal(request.SourceIdentity, uploadId)
    assert.equal(request.Policy, s3SessionPolicy('arn:aws-cn:s3:::uploads', keys, { onlyPlain: true }))
    assert.deepEqual(
      [1, 2].map((n) => [request[`Tags.member.${n}.Key`], request[`Tags.member.${n}.Value`]]),
      [
        ['fleet', 'north'],
        ['dockSn', 'DOCK1'],
      ],
    )
    // https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    assert.match(request.RoleSessionName ?? '', /^[\w+=,.@-]{2,64}$/)
    assert.match(request.SourceIdentity ?? '', /^[\w+=,.@-]{2,64}$/)
    assert.deepEqual(lent, {
      storage: {
        provider: 'aws',
        bucket: 'uploads',
        region: 'cn-north-1',
        endpoint: 'https://s3.cn-north-1.amazonaws.com.cn',
      },
      credentials: {
        accessKeyId: 'ASIA1',
        secretAccessKey: 's',
        sessionToken: 't',
        expiresAt: Date.parse('2027-01-15T09:00:00Z'),
      },
    })
  })

  it('fails rather than lend incomplete ones', async () => {
    answer = issued.replace(/<SessionToken>.*<\/SessionToken>/, '')
    await assert.rejects(lend(env)(scope), /without credentials/)
  })

  it('lists all missing environment variables at once', () =>
    assert.throws(() => lend({}), new RegExp(`${names.uploadRole}, ${names.bucket}, AWS_REGION`)))
})
