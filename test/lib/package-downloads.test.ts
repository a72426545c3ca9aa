import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { downloadLink } from '../../lambdas/packages/download-link.ts'
import { edgeFunction } from '../../local/cloudfront/edge-function.ts'
import { readDistribution } from '../../local/cloudfront/read-distribution.ts'
import { at, backend, everything } from './backend.ts'

const origin = 'https://d111111abcdef8.cloudfront.net:443'
const key = { id: '1', secret: 'k'.repeat(64) }
const file = { key: 'groundcrew/upgrade-packages/cam-2/01a2/fw-2.0.bin', version: 'LAp.7r_x' }
const until = 1_800_000_000_000

suite('The gate before downloads, by the code that is deployed', () => {
  const distribution = readDistribution(backend(everything).resources)
  assert.ok(distribution)
  const { code } = distribution

  const gateAt = (now: number, keys: Record<string, string> = { '1': key.secret }) => {
    const logged: string[] = []
    const get = async (id: string) => keys[id] ?? Promise.reject(new Error('KeyNotFound'))
    const gate = edgeFunction(code, { keys: { get }, now: () => now, log: (line) => logged.push(line) })
    return {
      logged,
      ask: (url: string, headers: Record<string, string>) => {
        const uri = url.replace(origin, '')
        const told = Object.entries(headers).map(([name, value]) => [name, { value }])
        const querystring = { versionId: { value: 'of-the-viewer' }, acl: { value: '' } }
        const request = { method: 'GET', uri, querystring, headers: Object.fromEntries(told) }
        return gate({ version: '1.0', request })
      },
    }
  }
  const made = (more: Partial<Parameters<typeof downloadLink>[1]> = {}) =>
    downloadLink({ origin, key }, { file, deviceId: 'device-1', expiresAt: until, ...more })
  const bearer = (token: string) => ({ authorization: `Bearer ${token}`, host: 'd.cloudfront.net' })

  test('accepts the link’s token, and forwards the request without it to the proved version', async () => {
    const { url, token } = made()
    for (const authorization of [`Bearer ${token}`, `bearer  ${token}`, token]) {
      const passed = await gateAt(until - 1).ask(url, { authorization, host: 'd.cloudfront.net' })
      assert.deepEqual(passed, {
        method: 'GET',
        uri: `/${file.key}`,
        headers: { host: { value: 'd.cloudfront.net' } },
        querystring: {
          versionId: { value: file.version },
          'response-content-disposition': { value: 'attachment%3B%20filename%3Dfw-2.0.bin' },
        },
      })
    }
  })

  const refused: [string, number, string, () => { url: string; headers: Record<string, string> }][] = [
    ['no token', 401, 'MissingToken', () => ({ url: made().url, headers: {} })],
    ['what an SDK makes of none', 403, 'WrongToken', () => ({ url: made().url, headers: bearer('null') })],
    ['an empty one', 403, 'WrongToken', () => ({ url: made().url, headers: { authorization: 'Bearer ' } })],
    [
      'the token of another device',
      ...([403, 'WrongToken'] as const),
      () => ({ url: made().url, headers: bearer(made({ deviceId: 'device-2' }).token) }),
    ],
    [
      'the token of another version',
      ...([403, 'WrongToken'] as const),
      () => ({ url: made().url, headers: bearer(made({ file: { ...file, version: 'other' } }).token) }),
    ],
    [
      'the token of another package',
      ...([403, 'WrongToken'] as const),
      () => ({ url: made().url, headers: bearer(made({ file: { ...file, key: `${file.key}2` } }).token) }),
    ],
    [
      'a token that somebody else signed',
      ...([403, 'WrongToken'] as const),
      () => {
        const { url } = made()
        const token = createHmac('sha256', 'x'.repeat(64)).update(url.replace(origin, '')).digest('base64url')
        return { url, headers: bearer(token) }
      },
    ],
    [
      'a link that was made to last longer',
      ...([403, 'WrongToken'] as const),
      () => ({ url: made({ expiresAt: until * 2 }).url, headers: bearer(made().token) }),
    ],
    [
      'a key that is not in the store',
      ...([403, 'UnknownTokenKey'] as const),
      () => {
        const { url, token } = downloadLink(
          { origin, key: { ...key, id: '2' } },
          { file, deviceId: 'device-1', expiresAt: until },
        )
        return { url, headers: bearer(token) }
      },
    ],
    ['another address', 404, 'NoSuchLink', () => ({ url: `/${file.key}`, headers: bearer(made().token) })],
    ['the root', 404, 'NoSuchLink', () => ({ url: '/', headers: {} })],
  ]
  for (const [what, status, name, of] of refused)
    test(`refuses ${what}, in S3’s form`, async () => {
      const { url, headers } = of()
      const { ask, logged } = gateAt(until - 1)
      const answer = await ask(url, headers)
      assert.ok('statusCode' in answer)
      assert.equal(answer.statusCode, status)
      assert.match(answer.body, new RegExp(`^<Error><Code>${name}</Code><Message>[^<]+</Message></Error>$`))
      assert.equal(answer.headers['cache-control']?.value, 'no-store')
      assert.deepEqual(logged, [name])
    })

  test('refuses a token from the second in which it expires', async () => {
    const { url, token } = made()
    const answer = await gateAt(until).ask(url, bearer(token))
    assert.ok('statusCode' in answer)
    assert.equal(answer.statusCode, 403)
    assert.match(answer.body, /<Code>ExpiredToken</)
  })

  test('accepts old keys as long as they are in the store, so that keys can be rotated', async () => {
    const newer = { id: '2', secret: 'n'.repeat(64) }
    const { ask } = gateAt(0, { '1': key.secret, '2': newer.secret })
    const of = { file, deviceId: 'device-1', expiresAt: until }
    for (const one of [key, newer]) {
      const { url, token } = downloadLink({ origin, key: one }, of)
      assert.ok('uri' in (await ask(url, bearer(token))))
    }
  })

  test('accepts no change of a link or of a token', async () => {
    const { url, token } = made()
    const { ask } = gateAt(until - 1)
    const text = url.replace(origin, '')
    await fc.assert(
      fc.asyncProperty(
        fc.nat(text.length + token.length - 1),
        fc.string({ minLength: 1, maxLength: 1 }),
        async (place, character) => {
          const whole = text + token
          fc.pre(whole[place] !== character)
          const altered = whole.slice(0, place) + character + whole.slice(place + 1)
          const answer = await ask(altered.slice(0, text.length), bearer(altered.slice(text.length)))
          assert.ok('statusCode' in answer, altered)
        },
      ),
    )
  })

  test('is short enough for a device that keeps its request in 500 bytes', () => {
    const { url, token } = made({
      file: {
        key: `groundcrew/upgrade-packages/${'p'.repeat(32)}/${'u'.repeat(36)}/${'f'.repeat(19)}`,
        version: 'v'.repeat(32),
      },
      deviceId: 'd'.repeat(128),
    })
    const head = `GET ${url.replace(origin, '')} HTTP/1.1\nHost: ${new URL(origin).hostname}\nContent-Type: application/json\nAuthorization:Bearer ${token}\r\n\r\n`
    assert.ok(head.length < 500, String(head.length))
    assert.ok(new URL(origin).hostname.length < 50)
    assert.equal(token.length, 43)
  })

  test('fits into a function of CloudFront', () => {
    // https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html
    assert.ok(Buffer.byteLength(code) < 10_000)
  })
})

suite('Downloads with a token', () => {
  const { source, one, fn, ofType } = backend(everything)

  test('are of one bucket, of which CloudFront may read versions, and this distribution alone', () => {
    const distribution = one('AWS::CloudFront::Distribution')
    const policies = ofType('AWS::S3::BucketPolicy').flatMap(({ properties }) =>
      at(properties, 'PolicyDocument', 'Statement'),
    )
    const ours = policies.filter(
      (statement) => at(statement, 'Principal', 'Service') === 'cloudfront.amazonaws.com',
    )
    assert.equal(ours.length, 1)
    assert.equal(at(ours[0], 'Action'), 's3:GetObjectVersion')
    assert.match(
      String(at(ours[0], 'Condition', 'StringEquals', 'AWS:SourceArn')),
      new RegExp(`:distribution/${distribution.physicalId}$`),
    )
  })

  test('have a key that is in no template, which only functions that offer packages may read', () => {
    const { arn, properties } = one('AWS::SecretsManager::Secret')
    assert.deepEqual(properties.GenerateSecretString, {
      ExcludePunctuation: true,
      GenerateStringKey: 'secret',
      PasswordLength: 64,
      SecretStringTemplate: '{"id":"1"}',
    })
    const variables = (name: string) => at(fn(name).properties, 'Environment', 'Variables')
    for (const name of ['record-upgrades', 'take-device-events'])
      assert.equal(at(variables(name), 'PACKAGE_TOKEN_SECRET_ARN'), arn)
    assert.equal(at(variables('manage-packages'), 'PACKAGE_TOKEN_SECRET_ARN'), undefined)
    assert.match(
      String(at(variables('manage-packages'), 'PACKAGE_DOWNLOADS')),
      /^https:\/\/d\w+\.cloudfront\.net:443$/,
    )
    assert.deepEqual(
      Object.keys(source.Outputs ?? {}).filter((name) => name.startsWith('PackageToken')),
      ['PackageTokenSecretArn', 'PackageTokenKeysArn'],
    )
  })

  test('do not exist unless requested, and need the stack’s own bucket', () => {
    const off = backend()
    for (const type of ['AWS::CloudFront::Distribution', 'AWS::SecretsManager::Secret'])
      assert.equal(off.ofType(type).length, 0)
    assert.throws(
      () => backend({ packageDownloads: 'on', bucketName: 'mine' }),
      /packageDownloads: needs the stack’s own bucket on AWS, without provider and bucketName/,
    )
  })
})
