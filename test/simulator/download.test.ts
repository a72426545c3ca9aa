import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { atMost, fetchFile } from '../../simulator/download.ts'
import { content, sha256, startPackageServer } from './package-server.ts'

let server: Awaited<ReturnType<typeof startPackageServer>>
afterEach(() => server.close())

describe('a download', () => {
  it('is known by its size and its sum', async () => {
    server = await startPackageServer()
    const expected = { outcome: 'fetched', size: content.length, sha256 }
    assert.deepEqual(await fetchFile(`${server.url}/package`), expected)
  })

  it('takes no less time than its link has for it', async () => {
    server = await startPackageServer()
    const began = performance.now()
    await fetchFile(`${server.url}/package`, { bytesPerSecond: content.length * 5 })
    // Timers count whole milliseconds.
    assert.ok(performance.now() - began >= 199)
  })

  it('ends when its machine is switched off, however slow it is', async () => {
    server = await startPackageServer()
    const power = new AbortController()
    const progress = () => power.abort()
    const how = { bytesPerSecond: 1, signal: power.signal, progress }
    assert.equal((await fetchFile(`${server.url}/package`, how)).outcome, 'broken')
  })

  it('reads no more of a refusal than its beginning', async () => {
    server = await startPackageServer((_, response) => {
      response.writeHead(403).write('<Error><Code>AccessDenied</Code><Message>Request has expired</Message>')
      // It goes on for ever.
      const more = setInterval(() => response.write('x'.repeat(1000)), 1)
      response.on('close', () => clearInterval(more))
    })
    const refused = { outcome: 'refused', status: 403, reason: 'AccessDenied: Request has expired' }
    assert.deepEqual(await fetchFile(`${server.url}/package`), refused)
  })

  it('is empty where the file is', async () => {
    server = await startPackageServer((_, response) =>
      response.writeHead(200, { 'Content-Length': '0' }).end(),
    )
    const fetched = await fetchFile(`${server.url}/package`, { spoils: true })
    assert.equal(fetched.outcome === 'fetched' && fetched.size, 0)
  })
})

it('work waits for its turn, also behind work that fails', async () => {
  server = await startPackageServer()
  const inTurn = atMost(2)
  const order: number[] = []
  const work = (n: number) => async () => {
    order.push(n)
    await new Promise(setImmediate)
    if (n % 2) throw new Error(`${n}`)
    return n
  }
  const all = await Promise.allSettled([1, 2, 3, 4, 5].map((n) => inTurn(work(n))))
  assert.deepEqual(order, [1, 2, 3, 4, 5])
  assert.deepEqual(
    all.map((one) => (one.status === 'fulfilled' ? one.value : one.reason.message)),
    ['1', 2, '3', 4, '5'],
  )
})
