import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createWebServer } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { Aedes } from 'aedes'
import { upgradeOffer } from '../../protocols/huawei-ota/down.ts'
import { deviceIdOf } from '../../simulator/huawei/fleet.ts'
import { content, sha256, startPackageServer } from './package-server.ts'

const broker = await Aedes.createBroker()
const server = createServer(broker.handle)
let url = ''

before(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  url = `mqtt://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
})
after(async () => {
  await new Promise<void>((resolve) => broker.close(resolve))
  server.close()
})

const simulate = (...args: string[]) => {
  const child = spawn(process.execPath, ['bin/simulate.ts', ...args])
  const result = async () => {
    const [out, err, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ])
    return { out, err, code }
  }
  return { child, result: result() }
}

describe('the simulate command', () => {
  it('explains itself, every fault included', async () => {
    const { out, code } = await simulate('--help').result
    assert.equal(code, 0)
    assert.match(out, /--docks N/)
    assert.match(out, /sayOkUploadNothing +reports an upload that never took place/)
    assert.match(out, /late:… +waits so many seconds before it downloads/)
    assert.match(out, /rollback +restarts after the success and reports its old version again/)
  })

  it('points to its help when it does not know an option, a value or a fault', async () => {
    const wrong = [
      ['--drones', '3'],
      ['--devices', '0'],
      ['--devices', '1', '--script', 'typo'],
      ['--devices', '1', '--topics', 'x'],
      ['--devices', '1', '--fault', 'stuck'],
      ['--devices', '1', '--dock-firmware', '10.01.16.03'],
      ['--aircraft-firmware', ''],
      ['--fault', 'failUpgrade:often'],
      ['--upgrade-to', 'v2'],
      ['--runs', 'v2'],
      ['--devices', '1', '--downloads', '0'],
      ['--devices', '1', '--script', 'slow'],
      ['--devices', '1', '--script', 'failure:7:101'],
      ['--docks', '0'],
      ['--prefix', 'a/b'],
      ['--fault', 'typo'],
      ['--pace', 'x'],
      ['--alarm', 'zz'],
      ['--alarm', '0x16100083:3'],
      ['--alarm-seconds', '5'],
    ]
    for (const { err, code } of await Promise.all(wrong.map((args) => simulate(...args).result))) {
      assert.equal(code, 2)
      assert.match(err, /simulate -- --help/)
      assert.doesNotMatch(err, /\n +at /)
    }
  })

  it('says so when there is no broker', async () => {
    const { err, code } = await simulate('--mqtt', 'mqtt://127.0.0.1:1').result
    assert.equal(code, 1)
    assert.match(err, /^Cannot run the machines at mqtt:\S+: nothing listens at 127\.0\.0\.1:1\. .*npm start/)
  })

  it('says what to change where HTTP answers, or nobody', async () => {
    const web = createWebServer((_request, response) => response.end()).listen(0, '127.0.0.1')
    await once(web, 'listening')
    const address = web.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const machines = [['mqtt'], ['ws'], ['mqtts'], ['ws', '--devices', '1']] as const
    for (const [scheme, ...more] of machines) {
      const { err, code } = await simulate('--mqtt', `${scheme}://127.0.0.1:${port}`, ...more).result
      assert.match(err, /^Cannot run the machines at \S+: .*(--mqtt|npm start).*\n$/)
      assert.equal(code, 1)
    }
    web.close()
  })

  it('says what to change where the login is refused', async () => {
    const guarded = await Aedes.createBroker({
      authenticate: (_client, _name, _password, done) =>
        done(Object.assign(new Error('no'), { returnCode: 5 }), false),
    })
    const door = createServer(guarded.handle).listen(0, '127.0.0.1')
    await once(door, 'listening')
    const address = door.address()
    const at = `mqtt://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
    const { err, code } = await simulate('--mqtt', at, '--devices', '1', '--secret', 'wrong').result
    assert.match(err, /refuses the login.*--secret.*npm start prints/)
    assert.equal(code, 1)
    await new Promise<void>((resolve) => guarded.close(resolve))
    door.close()
  })

  it('finds the broker of the npm start over its data', async () => {
    const data = mkdtempSync(join(tmpdir(), 'groundcrew-data-'))
    const said = {
      API: 'http://127.0.0.1:1',
      MQTT: url,
      EDGE: 'mqtt://127.0.0.1:2',
      DOCK: 'mqtt://127.0.0.1:3',
    }
    const lines = Object.entries(said).map(([name, address]) => `GROUNDCREW_${name}_URL=${address}\n`)
    writeFileSync(join(data, 'operator.env'), lines.join(''))
    const found = await simulate('--data', data, '--duration', '1').result
    assert.match(found.out, new RegExp(`ready on ${url}`))
    const native = await simulate('--data', data, '--devices', '1', '--topics', 'native').result
    assert.match(native.err, /nothing listens at 127\.0\.0\.1:2\./)
    rmSync(data, { recursive: true })
  })

  it('runs the docks it was asked for, without colour off a terminal, and leaves cleanly on Ctrl-C', async () => {
    const { child, result } = simulate('--mqtt', url, '--docks', '3', '--prefix', 'SIM')
    const ready = new Promise<void>((resolve, reject) => {
      let seen = ''
      child.once('exit', () => reject(new Error(`ended after ${seen}`)))
      child.stdout.on('data', (chunk: Buffer) => {
        seen += chunk.toString()
        if (seen.match(/ready/g)?.length === 3) resolve()
      })
    })
    await ready
    assert.equal(broker.connectedClients, 3)
    child.kill('SIGINT')
    const { out, code } = await result
    assert.equal(code, 0)
    assert.match(out, /SIM7CTDM0000000003 {2}ready/)
    assert.ok(!out.includes('\u001b'))
    assert.match(out, /stopped/)
  })

  it('runs devices, and no docks, that upgrade and tell', async () => {
    const { child, result } = simulate(
      '--mqtt',
      url,
      '--devices',
      '2',
      '--prefix',
      'SIM',
      '--pace',
      'instant',
      '--upgrade-to',
      'v2.0.0',
      '--script',
      'java',
      '--secret',
      'secret',
    )
    const reports = new Map<string, string>()
    await new Promise<void>((resolve, reject) => {
      child.once('exit', () => reject(new Error(`ended after ${JSON.stringify([...reports])}`)))
      broker.on('publish', ({ topic, payload }) => {
        if (topic.startsWith('oc/devices/SIM')) reports.set(topic, payload.toString())
        if ([...reports.values()].filter((report) => report.includes('v2.0.0')).length === 2) resolve()
      })
    })
    assert.equal(broker.connectedClients, 2)
    child.kill('SIGINT')
    const { out, code } = await result
    assert.equal(code, 0)
    assert.match(out, /SIM\w+_000002 {2}installed v2\.0\.0/)
    assert.match(out, /SIM\w+_000001 {2}reports 0 {2}100 % {2}v2\.0\.0 {2}upgrade success/)
  })

  it('runs devices that fetch and install what they are offered', async () => {
    const packages = await startPackageServer()
    const { child, result } = simulate(
      '--mqtt',
      url,
      '--devices',
      '1',
      '--prefix',
      'OFF',
      '--pace',
      'instant',
      '--runs',
      'v0.9.0',
      '--script',
      'java',
    )
    const id = deviceIdOf(1, 'OFF')
    const { topic, payload } = upgradeOffer(id, { sentAt: 0, offer: packages.offer() })
    child.stdout.once('data', () => {
      broker.publish({ cmd: 'publish', qos: 1, dup: false, retain: false, topic, payload }, () => {})
    })
    await new Promise<void>((resolve, reject) => {
      child.once('exit', () => reject(new Error('ended before it was through')))
      broker.on('publish', (packet) => packet.payload.includes('upgrade success') && resolve())
    })
    child.kill('SIGINT')
    const { out } = await result
    await packages.close()
    assert.match(out, new RegExp(`${id} {2}ready on \\S+ with v0\\.9\\.0`))
    assert.match(out, /offered the firmware v2\.0\.0/)
    assert.match(out, new RegExp(`downloaded ${content.length} bytes, SHA-256 ${sha256}`))
    assert.match(out, /installed v2\.0\.0/)
  })

  it('does what is typed, and says of a line that is none which there are', async () => {
    const { child, result } = simulate('--mqtt', url, '--prefix', 'TYPED', '--commands', '--pace', 'instant')
    const heard = (word: string) =>
      new Promise<void>((resolve) => {
        broker.on('publish', ({ topic, payload }) => {
          if (topic.includes('TYPED') && payload.includes(word)) resolve()
        })
      })
    const [alarm, end] = [heard('"code":"0x16100083"'), heard('"status":"ok"')]
    child.stdin.write('alarm\nalarm zz\nalarm 0x16100083 aircraft\nfly\n')
    await Promise.all([alarm, end])
    child.kill('SIGINT')
    const { out, err, code } = await result
    assert.equal(code, 0)
    for (const none of ['alarm', 'alarm zz'])
      assert.match(err, new RegExp(`"${none}" is none of: alarm CODE`))
    assert.match(out, /has flown/)
  })

  it('stops by itself after the time it was given', async () => {
    const { out, code } = await simulate('--mqtt', url, '--duration', '0').result
    assert.equal(code, 0)
    assert.match(out, /stopped/)
  })
})
