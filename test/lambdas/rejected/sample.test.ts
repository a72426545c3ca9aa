import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { sampleOf } from '../../../lambdas/rejected/sample.ts'

const sample = (message: unknown) =>
  sampleOf(Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)))

describe('the sample of a message', () => {
  it('has no keys, wherever they stand', () => {
    const key = `wJalrXUtnFEMI/K7MDENG/${'bPxRfiCY'.repeat(3)}`
    for (const payload of [
      { msg: `failed for ASIAIOSFODNN7EXAMPLE ${key}` },
      { sk: key },
      [key],
      { [key]: 1 },
    ])
      assert.doesNotMatch(sample(JSON.stringify(payload)), /ASIAIOSFODNN7|K7MDENG/)
  })

  it('has no part of what another provider than AWS lends', () => {
    // MinIO's tokens are JSON Web Tokens, whose parts have letters that no key of AWS has.
    const token = 'eyJhbGciOiJIUzUxMiJ9.eyJhY2Nlc3NLZXkiOiJa-Qk9PTT_1In0.HAx-9_short-S3CR3T_x'
    for (const payload of [
      { x: token },
      `text ${token}`,
      { x: 'LTAI5tS3CR3TS3CR3T' },
      { x: 'STS.NS3CR3TS3CR3T' },
    ])
      assert.doesNotMatch(sample(payload), /S3CR3T|Nlc3N/)
  })

  it('shows what it says', () => assert.equal(sample({ data: { result: 1 } }), '{"data":{"result":1}}'))

  const secrets: [string, unknown][] = [
    ['the secret of a key', { data: { access_key_secret: 'S3CR3T' } }],
    ['the id of a key', { access_key_id: 'S3CR3T', accessKeyId: 'S3CR3T' }],
    ['a token', { security_token: 'S3CR3T', sessionToken: 'S3CR3T' }],
    ['all credentials, as a whole', { credentials: { expire: 1, anything: 'S3CR3T' } }],
    ['a password, in any case', { Password: 'S3CR3T' }],
    ['what is deep in a list', { files: [[{ token: 'S3CR3T' }]] }],
    ['what is no text', { password: { of: ['S3CR3T'] } }],
    ['a secret in a text that is JSON again', { data: '{"access_key_secret":"S3CR3T"}' }],
    ['a secret in an address', { key: 'https://bucket/key?X-Amz-Security-Token=S3CR3T' }],
    ['a secret in a message that is one text', '"password=S3CR3T"'],
    ['whatever follows a suspicious word in what is no JSON', 'result=1 password: S3CR3T and more S3CR3T'],
    ['a secret in JSON that breaks off', '{"data":{"access_key_secret":"S3CR3T","x":'],
  ]
  for (const [name, message] of secrets)
    it(`hides ${name}`, () => assert.doesNotMatch(sample(message), /S3CR3T/))

  it('hides a secret behind the part that is shown', () =>
    assert.doesNotMatch(sample({ fill: 'x'.repeat(70_000), token: 'S3CR3T' }), /S3CR3T/))

  it('shows what nobody would see', () => {
    assert.equal(sample('{"a":1}\0\0'), '{"a":1}\\u0000\\u0000')
    assert.equal(sample('{"version":\n\t"v1\r'), '{"version":\\n\\t"v1\\r')
    assert.equal(
      sample({ version: 'v\u200b1\u202e\u2028\u2029\u0085\ufeff' }),
      '{"version":"v\\u200b1\\u202e\\u2028\\u2029\\u0085\\ufeff"}',
    )
    assert.equal(sample({ version: 'v\0\n' }), '{"version":"v\\u0000\\n"}')
    assert.equal(sample('\u{e0001}x'), '\\udb40\\udc01x')
  })

  it('shows no escape in part', () => {
    const fill = `${'x '.repeat(497)}x`
    assert.equal(sample(`${fill}\0`), fill)
    assert.equal(sample(`${fill.slice(1)}\0`), `${fill.slice(1)}\\u0000`)
  })

  it('is short, well formed and without what nobody sees, whatever a device sends', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
        const text = sampleOf(Buffer.from(bytes))
        assert.ok(text.length <= 1_000 && text.isWellFormed() && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text))
      }),
    ))

  it('is short even of as much as a message can hold', () =>
    assert.equal(sample('x '.repeat(64 * 1024)).length, 1_000))
})
