import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { env as names } from '../../../lambdas/runtime/env.ts'
import { type Archives, archives } from '../../../lambdas/storage/archives/configured.ts'
import { StorageRefused } from '../../../lambdas/storage/archives/presigned-requests.ts'

const key = 'north/DOCK1/2027-01-15/upload-1/dock.tar'

describe('the archives in storage', () => {
  let answer: { status: number; headers: Record<string, string> } = { status: 500, headers: {} }
  let asked = ''
  let storage: Archives
  const server = createServer((request, response) => {
    asked = `${request.method} ${request.url}`
    response.writeHead(answer.status, answer.headers).end()
  })
  before(async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    process.env.AWS_ACCESS_KEY_ID = 'AKIATEST'
    process.env.AWS_SECRET_ACCESS_KEY = 'not-to-be-seen'
    storage = archives({
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
      AWS_REGION: 'eu-central-1',
      [names.bucket]: 'uploads',
    })
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })

  it('are looked for by a signed HEAD', async () => {
    answer = { status: 200, headers: { 'content-length': '400', etag: '"e"' } }
    assert.deepEqual(await storage.find(key), { size: 400, etag: '"e"' })
    assert.match(asked, new RegExp(`^HEAD /uploads/${key}\\?.*X-Amz-Signature=`))
  })

  it('have no checksum to compare with if a KMS key encrypts them', async () => {
    const etag = `"${'a'.repeat(32)}"`
    for (const [encryption, known] of [
      ['AES256', etag],
      ['aws:kms', undefined],
      ['aws:kms:dsse', undefined],
    ] as const) {
      const headers = { 'content-length': '400', etag, 'x-amz-server-side-encryption': encryption }
      answer = { status: 200, headers }
      assert.deepEqual(await storage.find(key), { size: 400, etag: known })
    }
  })

  it('have a version, if storage keeps any, and are requested by it', async () => {
    for (const name of ['x-amz-version-id', 'x-oss-version-id']) {
      answer = { status: 200, headers: { 'content-length': '400', etag: '"e"', [name]: 'v/1+' } }
      assert.deepEqual(await storage.find(key, 'v/1+'), { size: 400, etag: '"e"', version: 'v/1+' })
      assert.match(asked, /[?&]versionId=v%2F1%2B(&|$)/)
    }
    answer = { status: 204, headers: {} }
    await storage.remove(key, 'v1')
    assert.match(asked, /^DELETE .*[?&]versionId=v1(&|$)/)
    const link = new URL(await storage.link(key, 'a.tar', 60, 'v1'))
    assert.equal(link.searchParams.get('versionId'), 'v1')
  })

  it('may be absent', async () => {
    answer = { status: 404, headers: {} }
    assert.equal(await storage.find(key), undefined)
  })

  for (const status of [301, 400, 403, 503])
    it(`are not missing because storage answers ${status}`, async () => {
      answer = { status, headers: {} }
      await assert.rejects(storage.find(key), StorageRefused)
    })

  it('are not missing because storage cannot be reached', async () => {
    const nowhere = archives({
      AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1',
      AWS_REGION: 'eu-central-1',
      [names.bucket]: 'uploads',
    })
    await assert.rejects(nowhere.find(key))
  })

  it('are not waited for indefinitely', async () => {
    const silent = createServer(() => {})
    silent.listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const address = silent.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const hanging = archives({
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
      AWS_REGION: 'eu-central-1',
      [names.bucket]: 'uploads',
    })
    await assert.rejects(hanging.find(key), { name: 'TimeoutError' })
    silent.closeAllConnections()
    silent.close()
  })

  it('are removed by a signed DELETE', async () => {
    answer = { status: 204, headers: {} }
    await storage.remove(key)
    assert.match(asked, new RegExp(`^DELETE /uploads/${key}\\?.*X-Amz-Signature=`))
  })

  it('are not removed because storage answers 403', async () => {
    answer = { status: 403, headers: {} }
    await assert.rejects(storage.remove(key), StorageRefused)
  })

  it('have a download link to this one object, with a file name and a lifetime', async () => {
    const link = new URL(await storage.link(key, 'DOCK1-upload-1-dock.tar', 300))
    assert.equal(link.pathname, `/uploads/${key}`)
    assert.equal(link.searchParams.get('X-Amz-Expires'), '300')
    assert.equal(
      link.searchParams.get('response-content-disposition'),
      'attachment; filename="DOCK1-upload-1-dock.tar"',
    )
    assert.doesNotMatch(link.href, /not-to-be-seen/)
  })
})
