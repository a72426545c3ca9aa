import assert from 'node:assert/strict'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { exchange, readAsTheSdkInC, requestOfTheSdkInC } from '../../support/sdk-in-c.ts'
import { archives, readerArn, startWorld, type World } from './storage-world.ts'

const Bucket = archives
const Key = 'packages/camera/firmware-2.0.0.bin'
const content = 'the bytes of a package'

type Sent = { method?: string; headers?: Record<string, string> }

/** Sends just what it is told, as `fetch` would not: any `Host`, and headers that are empty. */
const send = async (url: string, { method = 'GET', headers = {} }: Sent = {}) => {
  const { hostname, port, pathname, search } = new URL(url)
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>()
  request({ hostname, port, path: pathname + search, method, headers, agent: false })
    .on('response', (answer) =>
      text(answer).then((body) => resolve({ status: answer.statusCode ?? 0, body }), reject),
    )
    .on('error', reject)
    .end()
  return promise
}

const codeIn = (body: string): string => /<Code>(\w+)</.exec(body)?.[1] ?? ''

const shortOf = async (answer: ReturnType<typeof send>): Promise<string> => {
  const { status, body } = await answer
  return status === 200 ? `200 ${body}` : `${status} ${codeIn(body)}`
}

describe('a link that signs itself', () => {
  let world: World
  let link = ''
  before(async () => {
    world = await startWorld()
    await world.reader.send(new PutObjectCommand({ Bucket, Key, Body: content }))
    link = await getSignedUrl(world.reader, new GetObjectCommand({ Bucket, Key }), { expiresIn: 60 })
  })
  after(() => world.stop())

  test('opens its object, as often as it is used', async () => {
    for (const _ of [1, 2]) assert.equal(await shortOf(send(link)), `200 ${content}`)
  })

  test('takes an upload, where it was made for one', async () => {
    const upload = await getSignedUrl(world.reader, new PutObjectCommand({ Bucket, Key: 'linked' }), {
      expiresIn: 60,
    })
    const response = await fetch(upload, { method: 'PUT', body: 'by link' })
    assert.equal(response.status, 200, await response.text())
  })

  const others: [string, string][] = [
    ['the token of an older kind of offer', 'Bearer 595124473f866b033dfa1f'],
    ['no token, as one SDK writes it', 'Bearer null'],
    ['nothing', ''],
    ['a user and password', 'Basic YTpi'],
    ['a signature', 'AWS4-HMAC-SHA256 Credential=A/20261129/eu-west-1/s3/aws4_request, SignedHeaders=host'],
  ]
  for (const [what, authorization] of others)
    test(`is refused together with an Authorization header that has ${what}`, async () => {
      const { status, body } = await send(link, { headers: { authorization } })
      assert.equal(`${status} ${codeIn(body)}`, '400 InvalidArgument')
      assert.match(body, /Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, /)
    })

  test('is refused so even when it has expired, or was signed in the older way', async () => {
    const headers = { authorization: 'Bearer null' }
    world.clock.ahead = 61_000
    const late = await shortOf(send(link, { headers }))
    world.clock.ahead = 0
    assert.equal(late, '400 InvalidArgument')
    const older = `${world.s3Url}/${Bucket}/${Key}?AWSAccessKeyId=A&Expires=1&Signature=B`
    assert.equal(await shortOf(send(older, { headers })), '400 InvalidArgument')
  })

  test('is refused with another method, host, key or version', async () => {
    const cases: [string, string, Sent][] = [
      ['HEAD', link, { method: 'HEAD' }],
      ['DELETE', link, { method: 'DELETE' }],
      ['PUT', link, { method: 'PUT' }],
      ['another host', link, { headers: { host: 'elsewhere.example' } }],
      ['the host without its port', link, { headers: { host: '127.0.0.1' } }],
      ['another key', link.replace('2.0.0', '3.0.0'), {}],
      ['a version that was not signed', `${link}&versionId=1`, {}],
    ]
    for (const [what, url, sent] of cases) {
      const expected = what === 'HEAD' ? '403 ' : '403 SignatureDoesNotMatch'
      assert.equal(await shortOf(send(url, sent)), expected, what)
    }
  })

  test('is refused as soon as it has expired, and not before', async () => {
    const wait = async (milliseconds: number) => {
      world.clock.ahead = milliseconds
      const { status, body } = await send(link)
      world.clock.ahead = 0
      return { status, body }
    }
    assert.equal((await wait(30_000)).status, 200)
    const { status, body } = await wait(61_000)
    assert.equal(`${status} ${codeIn(body)}`, '403 AccessDenied')
    assert.match(body, /<Message>Request has expired</)
  })

  test('is refused when it is malformed, or may be used for longer than a week', async () => {
    const changes: [string, string][] = [
      ['X-Amz-Expires=60', 'X-Amz-Expires=604801'],
      ['X-Amz-Expires=60', 'X-Amz-Expires=soon'],
      ['&X-Amz-Expires=60', ''],
      ['AWS4-HMAC-SHA256', 'AWS4-HMAC-SHA1'],
      ['X-Amz-SignedHeaders=host', 'X-Amz-SignedHeaders=range'],
    ]
    for (const [from, to] of changes) {
      const changed = link.replace(from, to)
      assert.notEqual(changed, link)
      assert.equal(await shortOf(send(changed)), '400 AuthorizationQueryParametersError', to)
    }
  })
})

test('an Authorization header of no scheme of AWS is refused without a link, too', async () => {
  const world = await startWorld()
  try {
    const url = `${world.s3Url}/${Bucket}/${Key}`
    const { status, body } = await send(url, { headers: { authorization: 'Bearer null' } })
    assert.equal(`${status} ${codeIn(body)}`, '400 InvalidArgument')
    assert.match(body, /Unsupported Authorization Type/)
  } finally {
    await world.stop()
  }
})

describe('the SDK in C', () => {
  /** A link as it is for S3: signed for a host without a port, and with the port put in afterwards. */
  const linkOf = async (world: World): Promise<string> => {
    const client = world.s3Client(await world.credentialsOf(readerArn), {
      endpoint: 'http://127.0.0.1',
      forcePathStyle: true,
    })
    const signed = await getSignedUrl(client, new GetObjectCommand({ Bucket, Key }), { expiresIn: 60 })
    return signed.replace('http://127.0.0.1/', 'http://127.0.0.1:80/')
  }
  const startWith = async (takesBareLineFeeds: boolean) => {
    const world = await startWorld({ takesBareLineFeeds })
    await world.reader.send(new PutObjectCommand({ Bucket, Key, Body: content }))
    return world
  }

  test('gets its package from a server that takes line feeds for ends of lines', async () => {
    const world = await startWith(true)
    try {
      const link = await linkOf(world)
      const { status, length, body } = readAsTheSdkInC(await exchange(world.s3Url, requestOfTheSdkInC(link)))
      assert.deepEqual([status, length, body], ['200', content.length, content])
      const withToken = readAsTheSdkInC(await exchange(world.s3Url, requestOfTheSdkInC(link, 'token')))
      assert.equal(withToken.status, '400')
      assert.equal(codeIn(withToken.body), 'InvalidArgument')
    } finally {
      await world.stop()
    }
  })

  test('gets nothing from one that wants them whole; only its line feeds are in the way', async () => {
    const world = await startWith(false)
    try {
      const bytes = requestOfTheSdkInC(await linkOf(world))
      assert.match(await exchange(world.s3Url, bytes), /^HTTP\/1\.1 400 Bad Request\r\n/)
      const whole = readAsTheSdkInC(await exchange(world.s3Url, bytes.replace(/(?<!\r)\n/g, '\r\n')))
      assert.deepEqual([whole.status, whole.length, whole.body], ['200', content.length, content])
    } finally {
      await world.stop()
    }
  })
})
