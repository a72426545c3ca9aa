import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { sampleOf } from '../../../lambdas/rejected/sample.ts'

const sample = (message: unknown) =>
  sampleOf(Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)))

describe('the sample of a message', () => {
  it('has no keys, wherever they are', () => {
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
    [
      'what names call by other words',
      { pwd: 'S3CR3T', api_key: 'S3CR3T', wifiPsk: 'S3CR3T', pin: 'S3CR3T' },
    ],
    ['what stands in headers', { Cookie: 'S3CR3T', 'X-Amz-Sig': 'S3CR3T', 'proxy-auth': 'S3CR3T' }],
    ['what a dock is bound by', { device_binding_code: 'S3CR3T', app_license: 'S3CR3T' }],
    ['a secret with a Chinese name', { 密码: 'S3CR3T' }],
    ['a secret whose name looks like another', { ｐａｓｓｗｏｒｄ: 'S3CR3T', 'pass\u200bword': 'S3CR3T' }],
    ['a secret beside its name', { name: 'password', value: 'S3CR3T' }],
    ['a secret before its name', [{ value: 'S3CR3T' }, { name: 'wifi-psk' }]],
    ['secrets in lists beside their names', { names: ['user', 'api_key'], values: ['x', 'S3CR3T'] }],
    ['a secret in a name', { 'password:S3CR3T': 1 }],
    ['a secret that is marked as one', { name: 'x', value: 'S3CR3T', secret: true }],
    [
      'a secret deep within',
      JSON.parse(`${'{"a":'.repeat(60)}{"n":"password","v":"S3CR3T"}${'}'.repeat(60)}`),
    ],
    ['a secret behind names that are escaped twice', { data: String.raw`{"\u0070assword":"S3CR3T"}` }],
    ['a secret behind escaped names in no JSON', String.raw`{"\u0070assword":"S3CR3T`],
    ['a secret behind names escaped in another way', 'a=1&%70assword=S3CR3T&&#112;in=S3CR3T'],
    ['a secret before the word for it in no JSON', '{"value":"S3CR3T","name":"password"'],
    ['what is no JSON in lines', 'a=1\npin\nS3CR3T'],
    ['what is in UTF-16', Buffer.from('{"password":"S3CR3T"}', 'utf16le').toString('latin1')],
    ['keys in their armour', `-----BEGIN RSA PRIVATE KEY-----\nS3CR3T\n-----END RSA PRIVATE KEY-----`],
    ['keys in their armour, in lines', { lines: ['-----BEGIN EC PRIVATE KEY-----', 'S3CR3T', '-----END'] }],
    ['who logs in by an address', { url: 'rtmp://bob:S3CR3T@host/live', from: 'bob:S3CR3T@10.0.0.1' }],
    ['the rest of an address', { url: 'rtmp://host/live/S3CR3T?x=S3CR3T' }],
    ['a key of 30 characters', { x: `S3CR3T${'aZ4'.repeat(8)}` }],
    ['a key that is divided', { x: `S3CR3T${'aZ4\u200b'.repeat(8)}` }],
    ['a key that is escaped', { x: `S3CR3T${'%61Z4'.repeat(8)}` }],
    ['a secret in JSON that breaks off', '{"data":{"access_key_secret":"S3CR3T","x":'],
  ]
  for (const [name, message] of secrets)
    it(`hides ${name}`, () => assert.doesNotMatch(sample(message), /S3CR3T/))

  it('hides keys that are given byte by byte', () => {
    assert.doesNotMatch(sample({ data: Array.from({ length: 16 }, () => 77) }), /77/)
    assert.doesNotMatch(sample('x DE:AD:BE:EF:77:77:77:77:77:77'), /77/)
  })

  it('shows what operators look for', () => {
    const said = {
      tid: '0192f0c1-2222-4abc-8def-0123456789ab',
      gateway: '7CTDM0000000001',
      device_sn: '1581F5BMD238M00A1234',
      method: 'fileupload_progress_of_a_dock',
      version: 'V300R021C10SPC200',
      data: { output: { status: 'in_progress', progress: [1, 0.5, null, false] } },
    }
    assert.equal(sample(said), JSON.stringify(said))
  })

  it('is made in a moment, whatever a device repeats', () => {
    for (const part of ['\\', '%25', '[', '"', 'a@', 'aA', 'eyJ.', '00 ', '\ufdfa', '&#x26;'])
      assert.ok(sampleOf(Buffer.from(part.repeat((128 * 1024) / part.length))).length <= 1_000)
  })

  it('hides a secret behind the part that is shown', () =>
    assert.doesNotMatch(sample({ fill: 'x'.repeat(70_000), token: 'S3CR3T' }), /S3CR3T/))

  it('shows invisible characters', () => {
    assert.equal(sample('{"a":1}\0\0'), '{"a":1}\\u0000\\u0000')
    assert.equal(sample('{"version":\n\t"v1\r'), '{"version":\\n\\t"v1\\r')
    assert.equal(
      sample({ version: 'v\u200b1\u202e\u2028\u2029\u0085\ufeff' }),
      '{"version":"v\\u200b1\\u202e\\u2028\\u2029\\u0085\\ufeff"}',
    )
    assert.equal(sample({ version: 'v\0\n' }), '{"version":"v\\u0000\\n"}')
    assert.equal(sample('\u{e0001}x'), '\\udb40\\udc01x')
  })

  it('does not cut an escape in two', () => {
    const fill = `${'x '.repeat(497)}x`
    assert.equal(sample(`${fill}\0`), fill)
    assert.equal(sample(`${fill.slice(1)}\0`), `${fill.slice(1)}\\u0000`)
  })

  it('is short, well formed and without invisible characters, whatever a device sends', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
        const text = sampleOf(Buffer.from(bytes))
        assert.ok(text.length <= 1_000 && text.isWellFormed() && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text))
      }),
    ))

  it('is short even for the longest message', () =>
    assert.equal(sample('x '.repeat(64 * 1024)).length, 1_000))
})
