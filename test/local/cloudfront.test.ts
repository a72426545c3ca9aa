import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { downloadLink } from '../../lambdas/packages/download-link.ts'
import { createDownloads } from '../../local/cloudfront/downloads.ts'
import { readDistribution } from '../../local/cloudfront/read-distribution.ts'
import { at, backend, everything } from '../lib/backend.ts'
import { openPackageStorage, packageBucket } from '../support/packages.ts'
import { exchange, readAsTheSdkInC, requestOfTheSdkInC } from '../support/sdk-in-c.ts'
import { close, listen } from './object-store/storage-world.ts'

const { resources } = backend(everything)
const distribution = readDistribution(resources)
assert.ok(distribution)
const [policy] = [...resources.values()]
  .filter(
    ({ type, properties }) => type === 'AWS::S3::BucketPolicy' && properties.Bucket === distribution.bucket,
  )
  .map(({ properties }) => JSON.stringify(at(properties, 'PolicyDocument')))

const content = 'the firmware'
const fileKey = 'groundcrew/upgrade-packages/cam/01a2/fw.bin'
const key = { id: '1', secret: 'k'.repeat(64) }

/** The stand-in for CloudFront, and a link to a package behind it; `arn`: which distribution it is. */
const start = async (
  t: TestContext,
  { arn = distribution.arn, takesBareLineFeeds = false, failing = false } = {},
) => {
  const { world, files } = await openPackageStorage(t, {
    policy: JSON.parse((policy ?? '').replaceAll(distribution.bucket, packageBucket)),
  })
  const put = (Body: string) =>
    world.reader.send(new PutObjectCommand({ Bucket: packageBucket, Key: fileKey, Body }))
  await put(content)
  const found = await files.find(fileKey)
  assert.ok(found?.version)
  const warned: string[] = []
  const code = failing ? "async function handler() { throw new Error('broken') }" : distribution.code
  const { server, url } = await listen(
    createDownloads({
      distribution: { ...distribution, arn, code, bucket: packageBucket },
      keys: { get: async (id) => (id === key.id ? key.secret : Promise.reject(new Error('KeyNotFound'))) },
      storage: world,
      now: Date.now,
      warn: (line) => warned.push(line),
    }),
    takesBareLineFeeds,
  )
  t.after(() => close(server))
  const file = { key: fileKey, version: found.version }
  const link = downloadLink({ origin: url, key }, { file, deviceId: 'd', expiresAt: Date.now() + 60_000 })
  const open = (more: RequestInit = {}, { url, token } = link) =>
    fetch(url, { headers: { authorization: `Bearer ${token}` }, ...more })
  return { world, put, warned, link, open }
}

const codeIn = async (answer: Response): Promise<string> =>
  `${answer.status} ${/<Code>(\w+)</.exec(await answer.text())?.[1] ?? ''}`

describe('CloudFront in front of packages', () => {
  it('opens the version that was proved, whatever lies there now, with its length and its name', async (t) => {
    const { put, open } = await start(t)
    await put('something else')
    const answer = await open()
    assert.equal(answer.status, 200)
    assert.equal(answer.headers.get('content-length'), String(content.length))
    assert.equal(answer.headers.get('content-disposition'), 'attachment; filename=fw.bin')
    assert.equal(await answer.text(), content)
  })

  it('answers HEAD and ranges, and no other method', async (t) => {
    const { link, open } = await start(t)
    const head = await open({ method: 'HEAD' })
    assert.deepEqual([head.status, head.headers.get('content-length')], [200, String(content.length)])
    const authorization = `Bearer ${link.token}`
    const part = await open({ headers: { authorization, range: 'bytes=4-' } })
    assert.deepEqual([part.status, await part.text()], [206, 'firmware'])
    for (const method of ['PUT', 'POST', 'DELETE']) assert.equal((await open({ method })).status, 403)
  })

  it('refuses requests without the token, and ignores query parameters', async (t) => {
    const { link, open, warned } = await start(t)
    assert.equal(await codeIn(await open({ headers: {} })), '401 MissingToken')
    assert.equal(await codeIn(await open({ headers: { authorization: 'Bearer null' } })), '403 WrongToken')
    const asked = { ...link, url: `${link.url}?versionId=null&acl` }
    assert.equal(await (await open({}, asked)).text(), content)
    assert.deepEqual(warned, ['downloads: MissingToken', 'downloads: WrongToken'])
  })

  it('opens nothing that the bucket’s policy does not open to it', async (t) => {
    const other = 'arn:aws:cloudfront::000000000000:distribution/OTHER'
    assert.equal(await codeIn(await (await start(t, { arn: other })).open()), '403 AccessDenied')
  })

  it('answers 503 where its function fails', async (t) => {
    const { open, warned } = await start(t, { failing: true })
    assert.equal((await open()).status, 503)
    assert.deepEqual(warned, ['downloads: Error: broken'])
  })

  it('serves the SDK in C, where it takes line feeds for ends of lines', async (t) => {
    const { link } = await start(t, { takesBareLineFeeds: true })
    const answer = readAsTheSdkInC(await exchange(link.url, requestOfTheSdkInC(link.url, link.token)))
    assert.deepEqual(answer, { status: '200', length: content.length, fileName: 'fw.bin', body: content })
  })

  it('does not where it wants them whole; only its line feeds are in the way', async (t) => {
    const { link } = await start(t)
    const bytes = requestOfTheSdkInC(link.url, link.token)
    assert.match(await exchange(link.url, bytes), /^HTTP\/1\.1 400 Bad Request\r\n/)
    const whole = readAsTheSdkInC(await exchange(link.url, bytes.replace(/(?<!\r)\n/g, '\r\n')))
    assert.equal(whole.body, content)
  })
})
