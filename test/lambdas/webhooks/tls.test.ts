import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createSecureServer } from 'node:https'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, type TestContext, test } from 'node:test'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import * as z from 'zod'
import { poster } from '../../../lambdas/webhooks/post.ts'
import { makeCertificates, opensslMissing } from '../../edge/certificates.ts'

const name = 'receiver.example'
const limits = { connect: 1_000, whole: 1_500 }
const Address = z.object({ port: z.number() })

type Listening = {
  listen: (port: number, host: string, done: () => void) => unknown
  address: () => unknown
  close: () => unknown
}

/** Where a server listens on loopback, until the test ends. */
const portOf = async (t: TestContext, server: Listening): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return Address.parse(server.address()).port
}

suite('A receiver behind TLS', { skip: opensslMissing }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'webhook-tls-'))
  after(() => rmSync(directory, { recursive: true, force: true }))
  const file = opensslMissing ? join : makeCertificates(directory, { good: name, other: 'other.example' })
  const read = (path: string): string => (opensslMissing ? '' : readFileSync(file(path), 'utf8'))

  /** One that was good until yesterday. */
  const expire = () => {
    const by = [
      '-CA',
      file('ca.pem'),
      '-CAkey',
      file('ca.key'),
      '-extfile',
      file('extensions'),
      '-days',
      '-1',
    ]
    const signing = ['x509', '-req', '-in', file('good.csr'), ...by, '-out', file('old.pem')]
    execFileSync('openssl', signing, { stdio: 'pipe' })
  }
  const certificate = (of: string) => ({
    cert: read(`${of}.pem`),
    key: read(`${of === 'old' ? 'good' : of}.key`),
  })

  const send = (port: number, ca: string | undefined = read('ca.pem')) =>
    poster({
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
      isAllowed: () => true,
      limits,
      ...(ca === '' ? {} : { ca }),
    })({ url: `https://${name}:${port}/`, headers: {}, body: '{}' }, 0)

  /** A server that does as it likes with what it has been sent. */
  const speaking = async (t: TestContext, speak: (socket: TLSSocket) => void): Promise<number> => {
    const sockets = new Set<Socket>()
    const server = createTlsServer(certificate('good'), (socket) => {
      socket.on('error', () => {})
      socket.once('data', () => speak(socket))
    })
    server.on('connection', (socket) => sockets.add(socket))
    t.after(() => sockets.forEach((socket) => void socket.destroy()))
    return portOf(t, server)
  }
  const forever = (t: TestContext, socket: Socket, text: string, everyMs: number) => {
    const timer = setInterval(() => socket.destroyed || socket.write(text), everyMs)
    t.after(() => clearInterval(timer))
  }

  test('is delivered to if its certificate is good, and to no other', async (t) => {
    const port = await portOf(
      t,
      createSecureServer(certificate('good'), (_, answer) => answer.end()),
    )
    assert.deepEqual(await send(port), { ok: true, status: 200 })
    assert.deepEqual(await send(port, ''), { ok: false, reason: 'certificateRefused' })
  })

  for (const [what, of] of [
    ['is of another name', 'other'],
    ['has expired', 'old'],
  ] as const)
    test(`gets nothing if its certificate ${what}`, async (t) => {
      if (of === 'old') expire()
      let asked = 0
      const server = createSecureServer(certificate(of), (_, answer) => {
        asked += 1
        answer.end()
      })
      assert.deepEqual(await send(await portOf(t, server)), { ok: false, reason: 'certificateRefused' })
      assert.equal(asked, 0)
    })

  test('is judged by the status of its response, however long the body', async (t) => {
    const port = await speaking(t, (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      forever(t, socket, 'x'.repeat(10_000), 1)
    })
    assert.deepEqual(await send(port), { ok: true, status: 200 })
  })

  test('is judged by the status of its response, however slow the body', async (t) => {
    const port = await speaking(t, (socket) => {
      socket.write('HTTP/1.1 500 No\r\ncontent-length: 1000\r\n\r\n')
      forever(t, socket, 'x', 100)
    })
    assert.deepEqual(await send(port), { ok: false, reason: 'refused', status: 500, retryAfterMs: undefined })
  })

  const speeches: Record<string, [string, (t: TestContext, socket: TLSSocket) => void]> = {
    'a head without an end': [
      'badAnswer',
      (_, socket) => void socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(200_000)}`),
    ],
    'what is no HTTP': ['badAnswer', (_, socket) => void socket.end('220 mail.example ESMTP\r\n')],
    'a head a byte at a time': [
      'timedOut',
      (t, socket) => {
        socket.write('HTTP/1.1 200 OK\r\nx: ')
        forever(t, socket, 'y', 100)
      },
    ],
    'informational heads for ever': [
      'timedOut',
      (t, socket) => forever(t, socket, 'HTTP/1.1 102 Processing\r\n\r\n', 100),
    ],
    nothing: ['timedOut', () => {}],
    'a reset': ['notConnected', (_, socket) => void socket.destroy()],
    'a switch of protocols': [
      'badAnswer',
      (_, socket) =>
        void socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
    ],
  }
  for (const [what, [reason, speak]] of Object.entries(speeches))
    test(`that answers ${what} is ${reason}`, async (t) => {
      assert.partialDeepStrictEqual(await send(await speaking(t, (socket) => speak(t, socket))), {
        ok: false,
        reason,
      })
    })

  test('that never says hello is timed out', async (t) => {
    const sockets: Socket[] = []
    t.after(() => sockets.forEach((socket) => void socket.destroy()))
    const server = createServer((socket) => void sockets.push(socket))
    assert.deepEqual(await send(await portOf(t, server)), { ok: false, reason: 'timedOut' })
  })

  test('that is none is not connected to', async (t) => {
    const server = createServer()
    const port = await portOf(t, server)
    server.close()
    assert.deepEqual(await send(port), { ok: false, reason: 'notConnected' })
  })

  test('that speaks no TLS is no receiver', async (t) => {
    const server = createServer((socket) => void socket.on('error', () => {}).end('HTTP/1.1 200 OK\r\n\r\n'))
    assert.partialDeepStrictEqual(await send(await portOf(t, server)), { ok: false })
  })
})
