import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { Download } from '../../lambdas/logs/shapes.ts'
import { ossSessionPolicy } from '../../lambdas/storage/credentials/ali.ts'
import { createClock } from '../../local/clock.ts'
import { acs3Signature, ossSignature } from '../lambdas/storage/credentials/alibaba-signatures.ts'
import { type Captured, captureRequests } from '../lambdas/storage/credentials/captured-requests.ts'
import { dockByHand, lentBy } from '../support/dock-by-hand.ts'
import { newFleet, onlyLocal, openLocal } from '../support/story.ts'

const keys = { accessKeyId: 'LTAItest', secretAccessKey: 'stored-secret' }
const storageSecretArn = 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:groundcrew/oss-AbCdEf'
const roleArn = 'acs:ram::1234567890:role/upload'

const issued = () => ({
  RequestId: 'r',
  Credentials: {
    AccessKeyId: 'STS.1',
    AccessKeySecret: 'lent-secret',
    SecurityToken: 'lent-token',
    Expiration: `${new Date(Date.now() + 3_600_000).toISOString().slice(0, 19)}Z`,
  },
})

/**
 * Whether a request carries the signature that Alibaba's published rules give, for STS in a header, for OSS
 * in the query.
 */
const isSigned = (request: Captured): boolean => {
  const { url, headers } = request
  if (headers['x-acs-action'] === undefined) {
    const resource = decodeURIComponent(url.pathname)
    const { searchParams: query } = url
    return (
      query.get('x-oss-signature') ===
      ossSignature({ ...request, headers: {} }, { resource, secret: keys.secretAccessKey })
    )
  }
  const [, signed = '', signature] =
    /SignedHeaders=(.*),Signature=(.*)$/.exec(headers.authorization ?? '') ?? []
  return signature === acs3Signature(request, keys.secretAccessKey, signed.split(';'))
}

/**
 * Stands for Alibaba's STS and OSS as far as the functions talk to them; what it cannot prove is in
 * docs/storage.md.
 */
test('archives go to OSS, as far as that can be seen without an account', { skip: onlyLocal }, async (t) => {
  const objects = new Map<string, string>()
  let denies = false
  const answerOss = ({ method, url }: Captured) => {
    const body = objects.get(decodeURIComponent(url.pathname))
    if (denies) return { status: 403 }
    if (method === 'DELETE') return { status: 204 }
    if (body === undefined) return { status: 404 }
    const etag = `"${createHash('md5').update(body).digest('hex').toUpperCase()}"`
    return { headers: { etag, 'content-length': String(body.length) }, body }
  }
  const alibaba = await captureRequests(t, (request) => {
    if (!isSigned(request)) return { status: 403 }
    if (request.headers['x-acs-action'] === undefined) return answerOss(request)
    return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(issued()) }
  })
  const lines: string[] = []
  const clock = createClock()
  const backend = await openLocal(t, {
    clock,
    context: {
      provider: 'ali',
      storageEndpoint: alibaba.url,
      aliStsEndpoint: alibaba.url,
      storageSecretArn,
      storageRegion: 'cn-hangzhou',
      bucketName: 'dock-logs',
      aliRoleArn: roleArn,
      dockStorageEndpoint: 'https://oss-cn-hangzhou.aliyuncs.com',
    },
    secrets: new Map([[storageSecretArn, JSON.stringify(keys)]]),
    log: (_, line) => lines.push(line),
  })
  const dock = await dockByHand(t, backend, { fleet: newFleet() })
  const { upload, command } = await dock.startUpload()
  const { bucket, endpoint, region, credentials, keys: granted } = lentBy(command)
  const [objectKey = ''] = granted

  await t.test(
    'the dock is told endpoint, region, bucket and provider, and what STS lent for its key',
    () => {
      assert.deepEqual(
        [command.data.provider, endpoint, region, bucket],
        ['ali', 'https://oss-cn-hangzhou.aliyuncs.com', 'cn-hangzhou', 'dock-logs'],
      )
      assert.deepEqual(credentials, {
        accessKeyId: 'STS.1',
        secretAccessKey: 'lent-secret',
        sessionToken: 'lent-token',
      })
      const asked = alibaba.requests.find(({ headers }) => headers['x-acs-action'] === 'AssumeRole')
      assert.equal(asked?.url.searchParams.get('Policy'), ossSessionPolicy('dock-logs', [objectKey]))
      assert.equal(asked?.url.searchParams.get('RoleArn'), roleArn)
    },
  )

  await t.test('a refusal is a fault of the configuration, and says nothing of the archive', async () => {
    const md5 = createHash('md5').update('logs').digest('hex')
    await dock.answer(command, { result: 0 })
    await dock.report(command, { status: 'ok', step: 3, percent: 100, size: 4, md5 })
    await dock.uploadUntil(upload.id, 'uploaded')
    denies = true
    await backend.tick()
    await backend.until(
      async () => lines,
      (all) => all.some((line) => line.includes('Storage refuses our own request')),
    )
    assert.equal((await dock.upload(upload.id)).state, 'uploaded')
  })

  await t.test('the next sweep proves it by a signed HEAD, size and checksum', async () => {
    denies = false
    objects.set(`/dock-logs/${objectKey}`, 'logs')
    // What failed has been put off by a minute.
    clock.advance(60_000)
    await backend.tick()
    const { archives } = await dock.uploadUntil(upload.id, 'verified')
    assert.equal(archives[0]?.verification, 'verified')
  })

  await t.test('an operator downloads it by a signed link', async () => {
    const path = `${dock.path}/log-uploads/${upload.id}/archives/dock/download`
    const { url } = Download.parse(await backend.must('GET', path))
    assert.equal(await (await fetch(url)).text(), 'logs')
    assert.equal((await fetch(url.replace('dock.tar', 'other.tar'))).status, 403)
  })

  await t.test('no secret is in a log', () => {
    const log = lines.join('\n')
    for (const secret of ['stored-secret', 'lent-secret', 'lent-token']) assert(!log.includes(secret))
  })
})
