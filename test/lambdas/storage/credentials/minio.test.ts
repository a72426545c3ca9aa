import assert from 'node:assert/strict'
import { test } from 'node:test'
import { env as names } from '../../../../lambdas/runtime/env.ts'
import { defaultRole, lend } from '../../../../lambdas/storage/credentials/minio.ts'
import { s3SessionPolicy } from '../../../../lambdas/storage/credentials/s3-session-policy.ts'
import { captureRequests, secretArn, serveSecret } from './captured-requests.ts'

const scope = {
  uploadId: '019b76da-a800-7000-8000-000000000000',
  dockSn: 'DOCK1',
  fleet: 'north',
  keys: ['north/DOCK1/2027-01-15/u/dock.tar'],
  lifetimeSeconds: 3600,
}
const issued = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
  <AccessKeyId>M1</AccessKeyId><SecretAccessKey>lent</SecretAccessKey><SessionToken>token</SessionToken>
  <Expiration>2027-01-15T09:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`
const refused =
  '<ErrorResponse><Error><Type/><Code>AccessDenied</Code><Message>not in our records</Message></Error></ErrorResponse>'

/** SeaweedFS's STS refuses as S3 does, in a form of which the SDK reads no code. */
const refusedAsS3 =
  '<Error><Code>SignatureDoesNotMatch</Code><Message>The request signature does not match</Message></Error>'

/** The region's server, and how often which key asked it. */
const openServer = async (t: Parameters<typeof captureRequests>[0], good: string, refusal = refused) => {
  const server = await captureRequests(t, ({ headers }) =>
    headers.authorization?.includes(`Credential=${good}/`)
      ? { body: issued }
      : { status: 403, body: refusal },
  )
  const env = {
    [names.bucket]: 'uploads',
    [names.storageEndpoint]: server.url,
    [names.storageRegion]: 'site-1',
    [names.storageSecret]: secretArn,
  }
  return { ...server, env }
}

test('another server than MinIO is asked for the role that it knows', async (t) => {
  await serveSecret(t, { accessKeyId: 'backend', secretAccessKey: 'stored' })
  const { env, requests } = await openServer(t, 'backend')
  const role = 'arn:aws:iam::000000000000:role/Docks'
  await lend({ ...env, [names.storageRole]: role })(scope)
  assert.equal(new URLSearchParams(requests[0]?.body).get('RoleArn'), role)
})

test('MinIO is asked at its root, for the keys of the job', async (t) => {
  await serveSecret(t, { accessKeyId: 'backend', secretAccessKey: 'stored' })
  const { env, requests, url } = await openServer(t, 'backend')
  const lent = await lend(env)(scope)
  const [request, ...others] = requests
  assert.deepEqual([request?.method, request?.url.pathname, others.length], ['POST', '/', 0])
  assert.match(request?.headers.authorization ?? '', /Credential=backend\/\d{8}\/site-1\/sts\/aws4_request/)
  const form = Object.fromEntries(new URLSearchParams(request?.body))
  assert.deepEqual(
    [form.Action, form.Version, form.RoleArn, form.DurationSeconds, form.Policy],
    ['AssumeRole', '2011-06-15', defaultRole, '3600', s3SessionPolicy('arn:aws:s3:::uploads', scope.keys)],
  )
  assert.deepEqual(
    Object.keys(form).filter((name) => /Tag|SourceIdentity/.test(name)),
    [],
    'MinIO knows no session tags',
  )
  assert.deepEqual(lent, {
    storage: { provider: 'minio', bucket: 'uploads', region: 'site-1', endpoint: url },
    credentials: {
      accessKeyId: 'M1',
      secretAccessKey: 'lent',
      sessionToken: 'token',
      expiresAt: Date.parse('2027-01-15T09:00:00Z'),
    },
  })
})

test('docks may have another name for MinIO than the functions', async (t) => {
  await serveSecret(t, { accessKeyId: 'backend', secretAccessKey: 'stored' })
  const { env, requests } = await openServer(t, 'backend')
  const { storage } = await lend({ ...env, [names.dockStorageEndpoint]: 'http://minio.site:9000' })(scope)
  assert.equal(storage.endpoint, 'http://minio.site:9000')
  assert.equal(requests.length, 1)
})

for (const [whose, refusal, name] of [
  ['MinIO', refused, 'AccessDenied'],
  ['SeaweedFS', refusedAsS3, 'Unknown'],
] as const)
  test(`a key pair that is rotated lends at once, when ${whose} refuses the old one`, async (t) => {
    const secret = await serveSecret(t, { accessKeyId: 'old', secretAccessKey: 'stored' })
    const { env, requests } = await openServer(t, 'new', refusal)
    const lending = lend(env)
    await assert.rejects(lending(scope), { name })
    secret.set({ accessKeyId: 'new', secretAccessKey: 'stored' })
    assert.equal((await lending(scope)).credentials.accessKeyId, 'M1')
    assert.equal(requests.length, 3)
  })
