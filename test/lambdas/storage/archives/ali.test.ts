import assert from 'node:assert/strict'
import { test } from 'node:test'
import { env as names } from '../../../../lambdas/runtime/env.ts'
import { archives } from '../../../../lambdas/storage/archives/ali.ts'
import { StorageRefused } from '../../../../lambdas/storage/archives/presigned-requests.ts'
import { ossSignature } from '../credentials/alibaba-signatures.ts'
import { type Captured, captureRequests, secretArn, serveSecret } from '../credentials/captured-requests.ts'

const key = 'north/DOCK1/2027-01-15/upload-1/dock.tar'
const keys = { accessKeyId: 'LTAItest', secretAccessKey: 'stored-secret' }

/**
 * Requests go to a bare address, which OSS's SDKs address by path; real ones have the bucket in the host
 * name.
 */
const assertSigned = (request: Pick<Captured, 'method' | 'url'>, seconds: number): void => {
  const { url, method } = request
  const { searchParams: query } = url
  assert.equal(query.get('x-oss-signature-version'), 'OSS4-HMAC-SHA256')
  assert.match(query.get('x-oss-credential') ?? '', /^LTAItest\/\d{8}\/cn-hangzhou\/oss\/aliyun_v4_request$/)
  assert.match(query.get('x-oss-date') ?? '', /^\d{8}T\d{6}Z$/)
  assert.equal(query.get('x-oss-expires'), String(seconds))
  assert.equal(
    query.get('x-oss-signature'),
    ossSignature({ method, url, headers: {} }, { resource: `/uploads/${key}`, secret: 'stored-secret' }),
  )
}

test('the archives in OSS', async (t) => {
  let answer: { status: number; headers?: Record<string, string> } = { status: 500 }
  const secret = await serveSecret(t, keys)
  const oss = await captureRequests(t, () => answer)
  const env = {
    [names.bucket]: 'uploads',
    [names.storageEndpoint]: oss.url,
    [names.storageRegion]: 'cn-hangzhou',
    [names.storageSecret]: secretArn,
  }
  const storage = archives(env)
  const last = (): Captured => {
    const request = oss.requests.at(-1)
    assert(request)
    return request
  }

  await t.test('are looked for by a HEAD with the published signature', async () => {
    answer = { status: 200, headers: { 'content-length': '400', etag: '"5B3C1A2E053D763E1B002CC607C5A0FE"' } }
    assert.deepEqual(await storage.find(key), { size: 400, etag: '"5B3C1A2E053D763E1B002CC607C5A0FE"' })
    assert.deepEqual([last().method, last().url.pathname], ['HEAD', `/uploads/${key}`])
    assertSigned(last(), 60)
  })

  await t.test('may not be there', async () => {
    answer = { status: 404 }
    assert.equal(await storage.find(key), undefined)
  })

  await t.test('are removed by a DELETE with the published signature', async () => {
    answer = { status: 204 }
    await storage.remove(key)
    assert.equal(last().method, 'DELETE')
    assertSigned(last(), 60)
  })

  for (const status of [400, 403, 503])
    await t.test(`are neither missing nor removed because OSS answers ${status}`, async () => {
      answer = { status }
      await assert.rejects(storage.find(key), StorageRefused)
      await assert.rejects(storage.remove(key), StorageRefused)
    })

  await t.test('are opened by a link with the published signature, under a name of its own', async () => {
    const link = new URL(await storage.link(key, 'DOCK1 (1)-dock.tar', 300))
    assert.equal(
      link.searchParams.get('response-content-disposition'),
      'attachment; filename="DOCK1 (1)-dock.tar"',
    )
    assertSigned({ method: 'GET', url: link }, 300)
    assert.doesNotMatch(link.href, /stored-secret/)
  })

  await t.test('are at the bucket’s own host name in the real OSS', async () => {
    const real = archives({ ...env, [names.storageEndpoint]: 'https://oss-cn-hangzhou.aliyuncs.com' })
    const link = new URL(await real.link(key, 'dock.tar', 300))
    assert.deepEqual(
      [link.origin, link.pathname],
      ['https://uploads.oss-cn-hangzhou.aliyuncs.com', `/${key}`],
    )
    assertSigned({ method: 'GET', url: link }, 300)
  })

  await t.test('are reached at once with a rotated key pair', async () => {
    answer = { status: 403 }
    await assert.rejects(storage.find(key), StorageRefused)
    secret.set({ ...keys, accessKeyId: 'LTAInew' })
    const before = oss.requests.length
    await assert.rejects(storage.find(key), StorageRefused)
    assert.equal(oss.requests.length, before + 2)
    assert.match(last().url.searchParams.get('x-oss-credential') ?? '', /^LTAInew\//)
  })
})
