import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { archives, otherBucket, startWorld, type World } from './storage-world.ts'

/** What a page of another origin may do, as a browser would ask. */
suite('A page of another origin', () => {
  let world: World
  const rule = { AllowedMethods: ['PUT'], AllowedHeaders: ['*'], ExposedHeaders: [], MaxAge: 3000 }
  before(async () => {
    world = await startWorld({
      buckets: [
        { name: archives, cors: [{ ...rule, AllowedOrigins: ['*'] }] },
        {
          name: 'narrow',
          cors: [
            {
              ...rule,
              AllowedOrigins: ['https://*.example.com'],
              AllowedHeaders: ['content-md5', 'x-amz-*'],
              ExposedHeaders: ['etag'],
            },
          ],
        },
        { name: otherBucket },
      ],
    })
  })
  after(() => world.stop())

  const ask = async (bucket: string, headers: Record<string, string>, method = 'OPTIONS') => {
    const answer = await fetch(`${world.s3Url}/${bucket}/a/b.bin`, { method, headers })
    const code = /<Code>(\w+)<\/Code>/.exec(await answer.text())?.[1]
    const { headers: given } = answer
    const [origin, methods, names] = ['origin', 'methods', 'headers'].map((name) =>
      given.get(`access-control-allow-${name}`),
    )
    return { status: answer.status, code, origin, methods, names, given }
  }
  const origin = 'https://console.example.com'
  const put = { origin, 'access-control-request-method': 'PUT' }

  test('is let in where a rule is for it, and told what it may send', async () => {
    const sent = { ...put, 'access-control-request-headers': 'content-md5, X-Amz-Checksum-Sha256' }
    const any = await ask(archives, sent)
    assert.deepEqual([any.status, any.origin, any.methods], [200, '*', 'PUT'])
    assert.equal(any.names, 'content-md5, x-amz-checksum-sha256')
    assert.equal(any.given.get('access-control-max-age'), '3000')
    const narrow = await ask('narrow', sent)
    assert.deepEqual([narrow.status, narrow.origin], [200, origin])
    assert.match(narrow.given.get('vary') ?? '', /^Origin,/)
  })

  test('is refused otherwise', async () => {
    for (const [bucket, headers] of [
      [otherBucket, put],
      [archives, { ...put, 'access-control-request-method': 'DELETE' }],
      ['narrow', { ...put, origin: 'https://example.org' }],
      ['narrow', { ...put, origin: 'https://console.example.com.example.org' }],
      ['narrow', { ...put, 'access-control-request-headers': 'authorization' }],
      ['nothing-there', put],
    ] as const) {
      const { status, code, origin: allowed } = await ask(bucket, headers)
      assert.deepEqual([status, code, allowed], [403, 'AccessForbidden', null], bucket)
    }
    assert.equal((await ask(archives, { origin })).code, 'BadRequest')
  })

  test('may see the answer to its request, also one that refuses it', async () => {
    const refused = await ask('narrow', { origin }, 'PUT')
    assert.deepEqual([refused.status, refused.code, refused.origin], [403, 'AccessDenied', origin])
    assert.equal(refused.given.get('access-control-expose-headers'), 'etag')
    for (const [bucket, method] of [
      ['narrow', 'GET'],
      [otherBucket, 'PUT'],
    ] as const)
      assert.equal((await ask(bucket, { origin }, method)).origin, null)
  })
})
