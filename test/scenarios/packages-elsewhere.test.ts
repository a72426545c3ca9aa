import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { suite, test } from 'node:test'
import { createClock } from '../../local/clock.ts'
import { ossSignature } from '../lambdas/storage/credentials/alibaba-signatures.ts'
import { type Captured, captureRequests } from '../lambdas/storage/credentials/captured-requests.ts'
import { noMinio, openOnMinio } from '../support/minio.ts'
import { packageStory, upload } from '../support/packages.ts'
import { problemOf } from '../support/problem.ts'
import { onlyLocal, openLocal } from '../support/story.ts'

/** Packages in storage outside AWS, each held against what that storage can do. */

const settings = { name: 'Spring', version: '2.0', package: 'firmware' }
const partSize = 5 * 1024 ** 2
const bytesOf = (letter: string, size = 1000) => Buffer.alloc(size, letter)

const keys = { accessKeyId: 'LTAItest', secretAccessKey: 'stored-secret' }
const storageSecretArn = 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:groundcrew/oss-AbCdEf'
const hash = (text: string, encoding: 'hex' | 'base64') => createHash('md5').update(text).digest(encoding)
const refusal = (status: number, code: string) => ({ status, body: `<Error><Code>${code}</Code></Error>` })

/** As much of OSS as packages need: one upload in parts, whose id is the key's. */
const oss = () => {
  const objects = new Map<string, string>()
  const parts = new Map<string, Map<number, string>>()
  const stored = (body: string) => ({
    headers: { etag: `"${hash(body, 'hex').toUpperCase()}"`, 'content-length': String(body.length) },
    body,
  })
  const inParts = ({ method, url, body }: Captured, key: string) => {
    const known = parts.get(key)
    if (method === 'POST' && url.searchParams.has('uploads')) {
      parts.set(key, new Map())
      return { body: `<R><UploadId>${key.length}</UploadId></R>` }
    }
    if (!known) return refusal(404, 'NoSuchUpload')
    const etag = (text: string) => `"${hash(text, 'hex').toUpperCase()}"`
    if (method === 'PUT') {
      known.set(Number(url.searchParams.get('partNumber')), body)
      return { headers: { etag: etag(body) } }
    }
    if (method === 'GET') {
      const part = ([number, text]: [number, string]) =>
        `<Part><PartNumber>${number}</PartNumber><ETag>${etag(text)}</ETag><Size>${text.length}</Size></Part>`
      return { body: `<R><IsTruncated>false</IsTruncated>${[...known].map(part).join('')}</R>` }
    }
    parts.delete(key)
    if (method === 'DELETE') return { status: 204 }
    objects.set(
      key,
      [...known]
        .sort(([a], [b]) => a - b)
        .flatMap(([, text]) => text)
        .join(''),
    )
    return { body: '<R/>' }
  }
  const answer = (request: Captured) => {
    const { method, url, headers, body } = request
    const key = decodeURIComponent(url.pathname)
    const { searchParams: query } = url
    if (
      query.get('x-oss-signature') !== ossSignature(request, { resource: key, secret: keys.secretAccessKey })
    )
      return refusal(403, 'SignatureDoesNotMatch')
    if (headers['content-md5'] !== undefined && headers['content-md5'] !== hash(body, 'base64'))
      return refusal(400, 'InvalidDigest')
    if (query.has('uploads') || query.has('uploadId')) return inParts(request, key)
    if (method === 'PUT') objects.set(key, body)
    if (method === 'DELETE') objects.delete(key)
    if (method === 'PUT' || method === 'DELETE') return { status: method === 'PUT' ? 200 : 204 }
    const found = objects.get(key)
    return found === undefined ? { status: 404 } : stored(found)
  }
  return { objects, answer }
}

suite('Packages in OSS, as far as that can be seen without an account', { skip: onlyLocal }, () => {
  test('are uploaded with their links, read and proved', async (t) => {
    const { objects, answer } = oss()
    const { url } = await captureRequests(t, answer)
    const backend = await openLocal(t, {
      clock: createClock(),
      context: {
        provider: 'ali',
        storageEndpoint: url,
        storageSecretArn,
        storageRegion: 'cn-hangzhou',
        bucketName: 'dock-logs',
        aliRoleArn: 'acs:ram::1234567890:role/upload',
      },
      secrets: new Map([[storageSecretArn, JSON.stringify(keys)]]),
    })
    const proved = async (id: string) => {
      const story = packageStory(backend, id)
      await story.put(settings)
      return story
    }

    await t.test('in one request, held against size and MD5', async () => {
      const one = await proved('one')
      const [link] = await one.links(bytesOf('a'))
      assert.ok(link)
      assert.equal(link.headers['x-amz-checksum-sha256'], undefined)
      assert.equal(await upload(link, bytesOf('b')), '400 InvalidDigest')
      assert.equal(await upload(link, bytesOf('a', 999)), '403 SignatureDoesNotMatch')
      const { 'content-md5': _, ...headers } = link.headers
      assert.equal(await upload({ ...link, headers }, bytesOf('a')), '403 SignatureDoesNotMatch')
      assert.equal(problemOf(await one.complete()), '409 package-not-uploaded')
      assert.equal(await upload(link, bytesOf('a')), '200')
      await one.complete()
      assert.equal((await one.look()).file?.state, 'arrived')
      await backend.tick()
      await one.until('proved')
      assert.equal((await one.remove()).status, 204)
      assert.deepEqual([...objects], [])
    })

    await t.test('in parts, of which another sum is found when they are read', async () => {
      for (const [id, last, state] of [
        ['good', 'a', 'proved'],
        ['bad', 'b', 'refused'],
      ] as const) {
        const large = await proved(id)
        const [first, second] = await large.links(bytesOf('a', partSize + 10), partSize)
        assert.ok(first && second)
        assert.equal(await upload(second, bytesOf('a', 9)), '403 SignatureDoesNotMatch')
        assert.equal(await upload(second, bytesOf(last, 10)), '200')
        assert.equal(await upload(first, first.bytes), '200')
        await large.complete()
        await backend.tick()
        const { file } = await large.until(state)
        assert.equal(file?.fault, state === 'refused' ? 'sha256' : undefined)
      }
    })
  })
})

test('Packages in storage that speaks like S3 are proved by what it says', { skip: noMinio }, async (t) => {
  const backend = await openOnMinio(t)
  const one = packageStory(backend, 'one')
  await one.put(settings)
  const [link] = await one.links(bytesOf('a'))
  assert.ok(link)
  assert.match(await upload(link, bytesOf('b')), /^400 /)
  assert.match(await upload(link, bytesOf('a', 999)), /^403 SignatureDoesNotMatch/)
  assert.equal(problemOf(await one.complete()), '409 package-not-uploaded')
  assert.equal(await upload(link, bytesOf('a')), '200')
  await one.complete()
  assert.equal((await one.look()).file?.state, 'proved')

  const large = packageStory(backend, 'large')
  await large.put(settings)
  for (const part of await large.links(bytesOf('a', partSize + 10), partSize))
    assert.equal(await upload(part, part.bytes), '200')
  await large.complete()
  await backend.tick()
  await large.until('proved')
  for (const story of [one, large]) assert.equal((await story.remove()).status, 204)
})
