import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { poster } from '../../../lambdas/webhooks/post.ts'
import { isPublicAddress } from '../../../lambdas/webhooks/public-address.ts'
import { targetOf } from '../../../lambdas/webhooks/target.ts'

const refused = [
  '0.0.0.0',
  '10.0.0.1',
  '100.64.0.1',
  '127.0.0.1',
  '169.254.169.254',
  '172.16.0.1',
  '192.168.0.1',
  '192.0.0.192',
  '198.18.0.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::127.0.0.1',
  '::ffff:127.0.0.1',
  '::ffff:8.8.8.8',
  '64:ff9b::7f00:1',
  '64:ff9b:1::1',
  '2002:7f00:1::',
  '2001::1',
  'fe80::1',
  'fec0::1',
  'fd00:ec2::254',
  'ff02::1',
  '2001:db8::1',
  'no address',
]

test('Addresses that are not on the public internet are recognized in all notations', () => {
  for (const address of refused) assert.equal(isPublicAddress(address), false, address)
  for (const address of ['8.8.8.8', '93.184.216.34', '2606:4700::1111'])
    assert.ok(isPublicAddress(address), address)
})

test('A webhook goes only to https on the public internet', () => {
  const bad = ['http://a.example/', 'https://u:p@a.example/', 'https://a.example/#x', 'https://a.example:25/']
  const hosts = [
    'localhost',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '[::ffff:7f00:1]',
    'db.internal',
    'intranet',
    'receiver.',
  ]
  for (const url of [...bad, ...hosts.map((host) => `https://${host}/`)])
    assert.ok('faults' in targetOf(url), url)
  const target = targetOf('https://bücher.example:8443/a?b=c')
  assert.equal('url' in target && target.url.href, 'https://xn--bcher-kva.example:8443/a?b=c')
})

test('A name is refused by the addresses it resolves to at connection time, and is resolved once', async (t) => {
  let connections = 0
  const server = createServer((_, response) => response.end()).on('connection', () => connections++)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  for (const address of ['127.0.0.1', '::1', '169.254.169.254', '::ffff:127.0.0.1']) {
    let asked = 0
    const post = poster({
      resolve: async () => {
        asked += 1
        return [
          { address: '93.184.216.34', family: 4 },
          { address, family: address.includes(':') ? 6 : 4 },
        ]
      },
    })
    const sent = { url: `https://rebinding.example:${port}/`, headers: {}, body: '{}' }
    assert.deepEqual(await post(sent, 0), { ok: false, reason: 'addressRefused' })
    assert.equal(asked, 1)
  }
  assert.equal(connections, 0)
})

test('A redirect is not followed, a 410 and Retry-After are understood', async (t) => {
  let status = 302
  const server = createServer((_, response) => {
    response.writeHead(status, { location: 'http://169.254.169.254/', 'retry-after': '7' }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const post = poster({ loopback: true })
  const send = () => post({ url: `http://127.0.0.1:${port}/`, headers: {}, body: '{}' }, 0)
  assert.deepEqual(await send(), { ok: false, reason: 'redirected', status: 302, retryAfterMs: 7000 })
  status = 410
  assert.deepEqual(await send(), { ok: false, reason: 'gone', status: 410, retryAfterMs: 7000 })
  status = 204
  assert.deepEqual(await send(), { ok: true, status: 204 })
})
