import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { edgeCommand } from '../../edge/command.ts'

const dock = '7CTDM0000000001'
const endpoint = 'abc123-ats.iot.eu-central-1.amazonaws.com'
const certificates = ['--ca', '/c/ca.pem', '--cert', '/c/bridge.pem', '--key', '/c/bridge.key']
const bridge = (...more: string[]) =>
  edgeCommand(['mosquitto', '--endpoint', endpoint, ...certificates, ...more])

const textOf = (result: ReturnType<typeof edgeCommand>): string => {
  if (result.outcome !== 'made') throw new assert.AssertionError({ message: JSON.stringify(result) })
  return result.text
}
const problemsOf = (result: ReturnType<typeof edgeCommand>) =>
  result.outcome === 'refused' ? result.problems : []
const settings = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))

describe('npm run edge', () => {
  it('makes a bridge for AWS with TLS on port 8883', () => {
    const lines = settings(textOf(bridge('--dock', dock)))
    for (const line of [
      `address ${endpoint}:8883`,
      'bridge_cafile /c/ca.pem',
      'bridge_certfile /c/bridge.pem',
      'bridge_keyfile /c/bridge.key',
      `remote_clientid groundcrew-edge-${dock}-1`,
    ]) {
      assert.ok(lines.includes(line), line)
    }
  })

  it('refuses retained messages for the whole broker, unless an option allows them', () => {
    const refusing = settings(textOf(bridge('--dock', dock)))
    assert.equal(refusing[0], 'retain_available false')
    const allowing = settings(textOf(bridge('--dock', dock, '--allow-retained')))
    assert.deepEqual(allowing, refusing.slice(1))
  })

  it('explains every setting of the first connection but the obvious', () => {
    const lines = textOf(bridge('--dock', dock)).split('\n')
    for (const option of ['notifications', 'try_private', 'cleansession', 'bridge_protocol_version']) {
      const index = lines.findIndex((line) => line.startsWith(`${option} `))
      assert.match(lines[index - 1] ?? '', /^# /, option)
    }
  })

  it('names the option of everything that is wrong', () => {
    assert.deepEqual(
      problemsOf(
        edgeCommand([
          'mosquitto',
          '--endpoint',
          'https://x',
          '--port',
          '0',
          '--ca',
          'ca.pem',
          '--dock',
          'a b',
          '--dock',
          dock,
        ]),
      ),
      [
        '--endpoint: is not a host name (no scheme, port or path)',
        '--port: is not a port from 1 to 65535',
        '--ca: must be an absolute path on the machine of the broker',
        '--cert is missing',
        '--key is missing',
        '--dock: "a b" is not a serial number (letters and digits, at most 32)',
      ],
    )
  })

  for (const sn of ['', '+', '#', `${dock}/services`, `${dock}\ntopic # out`, `${dock} `, 'é']) {
    it(`refuses ${JSON.stringify(sn)} as a serial number`, () => {
      const problem = `--dock: ${JSON.stringify(sn)} is not a serial number (letters and digits, at most 32)`
      assert.deepEqual(problemsOf(bridge(`--dock=${sn}`)), [problem])
    })
  }

  it('refuses a dock named twice, an unknown option and a stray argument', () => {
    assert.deepEqual(problemsOf(bridge('--dock', dock, '--dock', dock)), ['--dock: names a dock twice'])
    assert.match(problemsOf(bridge('--docks', dock))[0] ?? '', /--docks/)
    assert.deepEqual(problemsOf(bridge('--dock', dock, 'more')), ['unexpected argument "more"'])
    assert.equal(edgeCommand([]).outcome, 'refused')
  })

  it('needs a client id when no dock gives one', () => {
    assert.match(problemsOf(bridge()).join(), /^--client-id is missing: it is made of the first --dock/)
    assert.ok(settings(textOf(bridge('--client-id', 'north'))).includes('remote_clientid north-1'))
  })

  it('leaves TLS out only on this machine', () => {
    const plain = (host: string) =>
      edgeCommand(['mosquitto', '--endpoint', host, '--insecure-plain', '--dock', dock])
    assert.ok(settings(textOf(plain('127.0.0.1'))).includes('address 127.0.0.1:1883'))
    for (const host of ['broker.example.com', '192.168.0.7', '127.0.0.1.example.com']) {
      assert.match(
        problemsOf(plain(host))[0] ?? '',
        /^--insecure-plain: is only for an endpoint on this machine/,
      )
    }
  })

  it('makes an access list, with the aircraft of each dock', () => {
    const lines = settings(
      textOf(edgeCommand(['mosquitto-acl', '--aircraft', `${dock}=1581F1`, '--local-prefix', 'a/'])),
    )
    assert.ok(lines.includes('pattern write a/thing/product/%u/events'))
    assert.deepEqual(lines.slice(-6), [
      `user ${dock}`,
      'topic write a/thing/product/1581F1/osd',
      'topic write a/thing/product/1581F1/state',
      'topic write a/thing/product/1581F1/events',
      'topic read a/thing/product/1581F1/events_reply',
      'topic read a/thing/product/1581F1/state_reply',
    ])
    assert.match(
      problemsOf(edgeCommand(['mosquitto-acl', '--aircraft', dock]))[0] ?? '',
      /^--aircraft: "" is not/,
    )
  })

  it('makes a bridge for devices, of its own name and client id', () => {
    const devices = (...more: string[]) =>
      edgeCommand(['mosquitto-devices', '--endpoint', endpoint, ...certificates, ...more])
    const made = devices('--device', 'product_pump-1')
    assert.partialDeepStrictEqual(made, { outcome: 'made', fileName: 'groundcrew-devices.conf' })
    const lines = settings(textOf(made))
    for (const line of [
      'connection groundcrew-devices-1',
      'remote_clientid groundcrew-devices-product_pump-1-1',
      `address ${endpoint}:8883`,
      'topic oc/devices/product_pump-1/sys/events/up out 1 $ ""',
      'topic oc/devices/product_pump-1/sys/events/down in 1 $ ""',
    ])
      assert.ok(lines.includes(line), line)
    assert.ok(settings(textOf(devices('--client-id', 'north'))).includes('remote_clientid north-1'))
    assert.match(problemsOf(devices()).join(), /^--client-id is missing: .*--device/)
    assert.deepEqual(problemsOf(devices('--device', 'a/b')), [
      '--device: "a/b" is not a device id (letters, digits, _ and -, at most 128)',
    ])
    assert.deepEqual(problemsOf(devices('--device', 'a', '--device', 'a')), [
      '--device: names a device twice',
    ])
  })

  it('makes an access list for devices', () => {
    const made = edgeCommand(['mosquitto-devices-acl'])
    assert.partialDeepStrictEqual(made, { outcome: 'made', fileName: 'groundcrew-devices.acl' })
    assert.ok(settings(textOf(made)).includes('pattern write $oc/devices/%u/sys/events/up'))
  })

  it('refuses an option of the other kind, which would otherwise mean every machine of the broker', () => {
    assert.deepEqual(problemsOf(bridge('--device', 'a', '--client-id', 'north')), [
      '--device is not for mosquitto',
    ])
    assert.deepEqual(problemsOf(edgeCommand(['mosquitto-devices', '--dock', dock, '--local-prefix', 'a/'])), [
      '--dock is not for mosquitto-devices',
      '--local-prefix is not for mosquitto-devices',
    ])
    assert.equal(edgeCommand(['constructor']).outcome, 'refused')
  })

  it('prints the file, or writes it into the given directory, and says so', () => {
    const run = (...args: string[]) =>
      spawnSync(process.execPath, ['bin/edge.ts', ...args], { encoding: 'utf8' })
    const args = ['mosquitto', '--endpoint', endpoint, ...certificates, '--dock', dock]
    const directory = mkdtempSync(join(tmpdir(), 'groundcrew-edge-'))
    try {
      const printed = run(...args)
      assert.equal(printed.status, 0)
      const written = run(...args, '--out', join(directory, 'new'))
      assert.equal(written.stdout, '')
      assert.match(written.stderr, /groundcrew-bridge\.conf/)
      assert.equal(readFileSync(join(directory, 'new', 'groundcrew-bridge.conf'), 'utf8'), printed.stdout)
      const refused = run('mosquitto')
      assert.equal(refused.status, 2)
      assert.match(refused.stderr, /^edge: --endpoint is missing$/m)
      assert.match(run('--help').stdout, /npm run edge -- mosquitto-devices /)
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })

  it('refuses a relay that cannot work, all reasons at once', () => {
    const relay = (...args: string[]) => edgeCommand(['relay', ...args])
    const local = ['--endpoint', '127.0.0.1', '--insecure-plain']
    assert.equal(relay('--help').outcome, 'relayHelp')
    assert.equal(relay(...local).outcome, 'relay')
    for (const [args, problem] of [
      [
        ['--endpoint', endpoint, '--insecure-plain'],
        /^--insecure-plain: is only for an endpoint on this machine/,
      ],
      [[...local, '--broker', 'http://127.0.0.1'], /^--broker: is no address such as/],
      [[...local, '--dock', '+'], /^--dock: "\+" is not a serial number/],
      [[...local, '--dock', dock, '--dock', dock], /^--dock: names a dock twice/],
      [
        [...local, '--platform', ...Array.from({ length: 11 }, (_, n) => ['--dock', `D${n}`]).flat()],
        /^--dock: at most 10/,
      ],
      [[...local, '--local-prefix', 'a/+/'], /^--local-prefix: is not a topic prefix/],
      [[...local, '--spool-mb', '0'], /^--spool-mb: is at least 1/],
      [[...local, '--port', '99999'], /^--port: is not a port/],
      [[...local, '--out', 'x'], /'--out'/],
    ] as const)
      assert.match(problemsOf(relay(...args)).join('\n'), problem, args.join(' '))
    const missing = problemsOf(relay('--cert', '/no/such/file'))
    assert.deepEqual(
      missing.map((line) => line.slice(0, line.indexOf(':'))),
      ['--endpoint', '--ca', '--cert', '--key'],
    )
  })
})
