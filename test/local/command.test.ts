import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { on, once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import * as z from 'zod'

const command = join(import.meta.dirname, '../../bin/local.ts')
const anyPorts = ['--port', '0', '--mqtt-port', '0', '--edge-port', '0', '--dock-port', '0']

const run = (t: TestContext, args: string[]) => {
  const child = spawn(process.execPath, [command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  t.after(() => child.kill('SIGKILL'))
  return child
}
const dataOf = async (t: TestContext): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'groundcrew-data-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  return join(directory, 'data')
}
/** The addresses that a run prints, once it prints the last of them. */
const addresses = async (child: ChildProcess): Promise<{ url: string; token: string; data: string }> => {
  assert(child.stdout)
  let [url, data] = ['', '']
  for await (const line of createInterface(child.stdout)) {
    url = /HTTP\s+(http:\S+)/.exec(line)?.[1] ?? url
    data = /^ +data .*/.exec(line)?.[0] ?? data
    const token = /token\s+(\S+)/.exec(line)?.[1]
    if (token !== undefined) return { url, token, data }
  }
  throw new Error('ended before it was ready')
}
const ended = async (child: ChildProcess): Promise<unknown> => {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return child.exitCode
}

test('npm start brings a dock and a device that are registered and online, and Ctrl-C stops it', async (t) => {
  const child = run(t, [...anyPorts, '--data', await dataOf(t)])
  const { url } = await addresses(child)
  child.stdout?.resume()
  const dock = await fetch(`${url}/v1/docks/7CTDM0000000001`)
  assert.partialDeepStrictEqual(await dock.json(), { dockSn: '7CTDM0000000001', name: 'Demo dock' })
  assert.equal((await fetch(`${url}/v1/devices/5e06bfee334dd4f33759f5b3_demo/upgrade`)).status, 200)
  child.kill('SIGINT')
  assert.equal(await ended(child), 0)
})

test('npm start --no-demo brings neither', async (t) => {
  const folder = await dataOf(t)
  const child = run(t, [...anyPorts, '--no-demo', '--data', folder])
  const { url, data } = await addresses(child)
  assert.ok(data.includes(`npm start -- --data ${folder} --fresh forgets it`), data)
  child.stdout?.resume()
  for (const path of ['docks/7CTDM0000000001', 'devices/5e06bfee334dd4f33759f5b3_demo/upgrade'])
    assert.equal((await fetch(`${url}/v1/${path}`)).status, 404)
})

test('data survives a killed process, a token too, and --fresh forgets both', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = z.object({ port: z.number() }).parse(server.address())
  server.close()
  const args = [...anyPorts, '--port', String(port), '--no-demo', '--auth', '--data', await dataOf(t)]
  const status = async (url: string, token: string, method = 'GET'): Promise<number> => {
    const response = await fetch(`${url}/v1/docks/7CTDM0000000009`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(method === 'PUT' ? { body: '{}' } : {}),
    })
    return response.status
  }
  const first = run(t, args)
  const { url, token } = await addresses(first)
  assert.equal(await status(url, token, 'PUT'), 200)
  first.kill('SIGKILL')
  await ended(first)
  const second = run(t, args)
  await addresses(second)
  assert.equal(await status(url, token), 200)
  second.kill('SIGINT')
  await ended(second)
  const third = run(t, [...args, '--fresh'])
  const fresh = await addresses(third)
  assert.equal(await status(url, token), 401)
  assert.equal(await status(url, fresh.token), 404)
})

for (const option of ['--port', '--mqtt-port', '--edge-port']) {
  test(`a port in use is named with ${option}`, async (t) => {
    const server = createServer().listen(0, '127.0.0.1')
    t.after(() => server.close())
    await once(server, 'listening')
    const { port } = z.object({ port: z.number() }).parse(server.address())
    const child = run(t, [...anyPorts, option, String(port), '--no-demo', '--data', await dataOf(t)])
    const [said, code] = await Promise.all([text(child.stderr), ended(child)])
    assert.match(
      said,
      new RegExp(`^Port ${port} \\(.*\\) is in use.*${option} [1-9]\\d*, or ${option} 0 for any`),
    )
    assert.equal(code, 1)
  })
}

test('instead of a port in use, none is suggested that this start opens itself or that is in use, too', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1')
  t.after(() => taken.close())
  await once(taken, 'listening')
  const { port } = z.object({ port: z.number() }).parse(taken.address())
  const next = createServer().listen(port + 1, '127.0.0.1')
  t.after(() => next.close())
  // Somebody else may have it: then it is in use just as well.
  await once(next, 'listening').catch(() => {})
  const own = ['--port', '0', '--mqtt-port', String(port), '--edge-port', String(port + 2)]
  const docks = ['--dock-port', String(port + 3), '--no-demo', '--data', await dataOf(t)]
  const said = await text(run(t, [...own, ...docks]).stderr)
  const suggested = Number(/is in use\..*--mqtt-port (\d+), or/.exec(said)?.[1])
  assert.ok(suggested > port + 3, said)
})

const misuses: [string[], RegExp][] = [
  [['--prot', '1'], /Unknown option '--prot'.*npm start -- --help/s],
  [['--port', 'http'], /--port must be a port number/],
  [['--port', '70000'], /--port must be 65535 or less/],
  [['--licence', 'no/such/file.json', '--no-demo'], /--licence: no\/such\/file\.json cannot be read: ENOENT/],
  [['--fresh', '--data', import.meta.dirname], /holds no data of a local stack, so it is not removed/],
]
for (const [args, message] of misuses) {
  test(`${args.slice(0, 2).join(' ')} is refused with what to do`, async (t) => {
    const child = run(t, args)
    const [said, code] = await Promise.all([text(child.stderr), ended(child)])
    assert.match(said, message)
    assert.notEqual(code, 0)
  })
}

test('npm start --events prints published events as lines of JSON', async (t) => {
  const child = run(t, [...anyPorts, '--no-demo', '--events', '--data', await dataOf(t)])
  assert(child.stdout)
  const lines = createInterface(child.stdout)
  const events = on(lines, 'line')
  let url = ''
  for await (const [line] of events) {
    url = /HTTP\s+(http:\S+)/.exec(line)?.[1] ?? url
    if (/token\s+(\S+)/.test(line)) break
  }
  const send = (method: string, path: string, body: object) =>
    fetch(`${url}/v1/devices/dev1${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  await send('PUT', '', {})
  await send('POST', '/upgrade-attempts', { package: 'firmware', targetVersion: 'v2' })
  const told = Promise.withResolvers<unknown>()
  lines.on('line', (line) => line.startsWith('{') && told.resolve(JSON.parse(line)))
  assert.partialDeepStrictEqual(await told.promise, {
    'detail-type': 'groundcrew.upgrade.pending.v1',
    detail: { specversion: '1.0', type: 'groundcrew.upgrade.pending.v1' },
  })
})

test('--help explains every option', async (t) => {
  const child = run(t, ['--help'])
  const said = await text(child.stdout)
  for (const option of [
    '--port',
    '--mqtt-port',
    '--edge-port',
    '--data',
    '--fresh',
    '--no-demo',
    '--auth',
    '--licence',
    '--events',
    '--verbose',
  ])
    assert(said.includes(option), option)
})
