import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { connectAsync, type IClientOptions } from 'mqtt'

const command = join(import.meta.dirname, '../../bin/local.ts')
const options = ['--port', '0', '--mqtt-port', '0', '--edge-port', '0', '--dock-port', '0', '--no-demo']

const run = async (t: TestContext, args: string[]): Promise<ChildProcess> => {
  const directory = await mkdtemp(join(tmpdir(), 'groundcrew-data-'))
  const child = spawn(process.execPath, [command, ...options, ...args, '--data', join(directory, 'data')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.after(async () => {
    const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined
    child.kill('SIGINT')
    await ended
    await rm(directory, { recursive: true, force: true })
  })
  return child
}

/** What a run prints by name, once it prints the last of it, the token. */
const printed = async (child: ChildProcess): Promise<Map<string, string>> => {
  assert(child.stdout)
  const values = new Map<string, string>()
  for await (const line of createInterface(child.stdout)) {
    const [, name, value] = /^ {2}(\w+)\s+(\S+)/.exec(line) ?? []
    if (name !== undefined && value !== undefined) values.set(name, value)
    if (name === 'token') return values
  }
  throw new Error('ended before it was ready')
}

/** Reports once and leaves; rejects if the broker refuses the login or the report. */
const report = async (url: string, login: IClientOptions): Promise<void> => {
  const device = await connectAsync(url, { reconnectPeriod: 0, ...login }, false)
  try {
    const closed = new Promise((_, reject) => device.once('close', () => reject(new Error('closed'))))
    const said = device.publishAsync('$oc/devices/product_pump/sys/events/up', '{"services":[]}', { qos: 1 })
    await Promise.race([said, closed])
  } finally {
    await device.endAsync(true)
  }
}

test('npm start --auth prints the secret with which a device logs in at the edge, and reports refused clients', async (t) => {
  const child = await run(t, ['--auth'])
  const values = await printed(child)
  child.stdout?.resume()
  const time = new Date().toISOString().slice(0, 13).replace(/[-T]/g, '')
  const password = createHmac('sha256', time)
    .update(values.get('secret') ?? '')
    .digest('hex')
  const login = { clientId: `product_pump_0_1_${time}`, username: 'product_pump', password }
  await report(values.get('edge') ?? '', login)

  assert(child.stderr)
  const lines = createInterface(child.stderr)
  const told = once(lines, 'line')
  await assert.rejects(report(values.get('edge') ?? '', { clientId: 'anybody' }), /Not authorized/)
  assert.match(String(await told), /edge: client "anybody" is refused/)
})

test('npm start without --auth lets any device in, and prints no secret', async (t) => {
  const child = await run(t, [])
  const values = await printed(child)
  child.stdout?.resume()
  child.stderr?.resume()
  assert.equal(values.has('secret'), false)
  await report(values.get('edge') ?? '', { clientId: 'anybody' })
})
