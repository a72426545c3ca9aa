import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { packageLinks, withPort } from '../../../lambdas/packages/link.ts'
import type { ProvedPackage } from '../../../lambdas/packages/package.ts'
import { close, listen } from '../../local/object-store/storage-world.ts'
import { announced, openPackageStorage, packageBucket } from '../../support/packages.ts'

const bytes = Buffer.from('the firmware')
const key = 'groundcrew/upgrade-packages/p/u/fw.bin'

/** A package that was proved to be what lies in storage, and what is told of it later. */
const stored = async (t: { after: (end: () => Promise<void>) => void }, versioned: boolean) => {
  const storage = await openPackageStorage(t, { versioned })
  const put = (Body: Buffer) =>
    storage.world.reader.send(new PutObjectCommand({ Bucket: packageBucket, Key: key, Body }))
  await put(bytes)
  const found = await storage.files.find(key)
  assert.ok(found)
  const { version, etag } = found
  const known: ProvedPackage = {
    id: 'p',
    name: 'A',
    version: '2.0',
    machines: 'devices',
    package: 'firmware',
    rev: 1,
    createdAt: 0,
    requestedBy: 'alice',
    file: {
      name: 'fw.bin',
      ...announced(bytes),
      key,
      etag,
      state: 'proved',
      ...(version ? { version } : {}),
    },
  }
  const told: unknown[] = []
  const settleFile = async (id: string, { state, fault }: { state: string; fault?: string | undefined }) =>
    void told.push({ id, state, fault })
  return { ...storage, known, put, told, link: packageLinks(storage.env, { settleFile }, () => 1_000) }
}

/** Secrets Manager with one secret, which counts how often it is read. */
const startSecrets = async (t: TestContext, secret: object) => {
  const told = { arn: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:tokens-AbCdEf', reads: 0 }
  const { server, url } = await listen((_request, response) => {
    told.reads += 1
    response.setHeader('content-type', 'application/x-amz-json-1.1')
    response.end(JSON.stringify({ SecretString: JSON.stringify(secret) }))
  })
  process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER = url
  process.env.AWS_REGION = 'eu-west-1'
  t.after(async () => {
    delete process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER
    delete process.env.AWS_REGION
    await close(server)
  })
  return told
}

describe('a link to a package', () => {
  it('opens the proved version, without a header, and has an expiry', async (t) => {
    const { known, link, put, told } = await stored(t, true)
    await put(Buffer.from('something else'))
    const given = await link(known, 600, 'd')
    assert.ok(typeof given === 'object')
    assert.equal(given.expiresAt, 601_000)
    assert.equal(await (await fetch(given.url)).text(), bytes.toString())
    assert.match(given.url, /\/fw\.bin\?/)
    assert.deepEqual(told, [])
  })

  it('is not made if storage keeps no versions and has something else, which is recorded', async (t) => {
    const { known, link, put, told } = await stored(t, false)
    assert.notEqual(await link(known, 600, 'd'), 'altered')
    await put(Buffer.from('the malware!'))
    assert.equal(await link(known, 600, 'd'), 'altered')
    assert.deepEqual(told, [{ id: 'p', state: 'refused', fault: 'altered' }])
  })

  it('nor if the file is gone', async (t) => {
    const { known, link, files, told } = await stored(t, false)
    await files.remove(key)
    assert.equal(await link(known, 600, 'd'), 'altered')
    assert.deepEqual(told, [{ id: 'p', state: 'refused', fault: 'missing' }])
  })

  it('has a token if the package says so, whose key is read once in a while', async (t) => {
    const { known, env } = await stored(t, true)
    const local = await startSecrets(t, { id: '7', secret: 's'.repeat(64) })
    const now = { at: 1_000 }
    const settleFile = async () => undefined
    const downloads = {
      PACKAGE_DOWNLOADS: 'https://d1.cloudfront.net:443',
      PACKAGE_TOKEN_SECRET_ARN: local.arn,
    }
    const link = packageLinks({ ...env, ...downloads }, { settleFile }, () => now.at)
    const offered = { ...known, offer: 'v1' as const }
    const given = await link(offered, 600, 'device-1')
    assert.ok(typeof given === 'object')
    assert.match(given.url, /^https:\/\/d1\.cloudfront\.net:443\/7\/gp\/[\w-]{12}\/[^/]+\/p\/u\/fw\.bin$/)
    assert.match(given.token ?? '', /^[\w-]{43}$/)
    assert.equal(given.expiresAt, 601_000)
    assert.notDeepEqual(await link(offered, 600, 'device-2'), given)
    assert.equal(local.reads, 1)
    now.at += 5 * 60_000
    await link(offered, 600, 'device-1')
    assert.equal(local.reads, 2)
  })

  it('is not made with a token if such downloads are not deployed, or not possible for the file', async (t) => {
    const { known, link } = await stored(t, true)
    assert.equal(await link({ ...known, offer: 'v1' }, 600, 'd'), 'downloadsOff')
  })

  it('fails if the tokens’ secret has another form, without quoting it', async (t) => {
    const { known, env } = await stored(t, true)
    const { arn } = await startSecrets(t, { id: 'no id', secret: 'hunter2' })
    const downloads = { PACKAGE_DOWNLOADS: 'https://d1.cloudfront.net:443', PACKAGE_TOKEN_SECRET_ARN: arn }
    const link = packageLinks({ ...env, ...downloads }, { settleFile: async () => undefined })
    await assert.rejects(link({ ...known, offer: 'v1' }, 600, 'd'), (error: Error) => {
      assert.equal(error.name, 'MalformedTokenKey')
      assert.doesNotMatch(error.message, /hunter2/)
      return true
    })
  })

  it('gets its scheme’s port, unless it has another', () => {
    assert.equal(withPort('https://s3.example/b/k?X=1'), 'https://s3.example:443/b/k?X=1')
    assert.equal(withPort('http://s3.example/b/k?X=1'), 'http://s3.example:80/b/k?X=1')
    assert.equal(withPort('http://127.0.0.1:9000/b/k?to=http://x/'), 'http://127.0.0.1:9000/b/k?to=http://x/')
  })
})
