import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { decodeJwt } from 'jose'
import { createClock } from '../../local/clock.ts'
import { startHuaweiDevice } from '../../simulator/huawei/device.ts'
import { parseScript } from '../../simulator/huawei/script.ts'
import { commandLine, commandLineProcess, type Ended } from '../support/cli.ts'
import { issuerElsewhere, machine } from '../support/issuer-elsewhere.ts'
import { provedPackage } from '../support/packages.ts'
import { simulatedDock } from '../support/simulated-dock.ts'
import { type Local, shareLocal } from '../support/story.ts'

const clock = createClock()
const shared = shareLocal({ clock })
const sharedWithLogin = shareLocal({
  console: { files: async () => '/nowhere', headers: () => ({}) },
  auth: true,
})

/** The records of `--json`, a line each. */
const records = ({ stdout }: Ended): unknown[] =>
  stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))

/** Time passes as long as this takes: campaigns move with it. */
const whileTicking = async <Result>(backend: Local, running: Promise<Result>): Promise<Result> => {
  let isOver = false
  const ended = running.finally(() => {
    isOver = true
  })
  ended.catch(() => {})
  while (!isOver) {
    clock.advance(30_000)
    await backend.tick()
    await backend.untilCaughtUp()
    await backend.idle()
  }
  return ended
}

test('logs collect --wait ends as the upload does', async (t) => {
  const backend = await shared(t)
  const cli = commandLine(t, backend.url)

  await t.test('0 where all has arrived, and downloads it', async (t) => {
    const dock = await simulatedDock(t, backend)
    const to = join(cli.home, 'logs')
    const ended = await cli.run(['logs', 'collect', dock.dockSn, '--module', 'dock', '--download', to])
    assert.equal(ended.status, 0, ended.stderr)
    const [line = ''] = ended.stdout.split('\n')
    assert.match(line, /^dock\tverified\t\d+\t3\t/)
    const [file = ''] = readdirSync(to)
    assert.match(file, new RegExp(`^${dock.dockSn}_[\\w-]+_dock\\.\\w+$`))
    const [, , size] = line.split('\t')
    assert.equal(statSync(join(to, file)).size, Number(size))
  })

  await t.test('3 where it failed, with the reason and what to do', async (t) => {
    const dock = await simulatedDock(t, backend)
    await dock.device.setFaults({ networkFailure: 0 })
    const ended = await cli.run(['logs', 'collect', dock.dockSn, '--wait', '--json'])
    assert.equal(ended.status, 3, ended.stderr)
    const last = records(ended).at(-1)
    assert.ok(typeof last === 'object' && last !== null && 'state' in last)
    assert.equal(last.state, 'failed')
  })

  await t.test('3 where the archive is not what the dock reported', async (t) => {
    const dock = await simulatedDock(t, backend, { faults: { wrongSize: true } })
    const ended = await cli.run(['logs', 'collect', dock.dockSn, '--wait', '--timeout', '20s'])
    assert.equal(ended.status, 3, ended.stderr)
  })

  await t.test('3 where the dock has no such logs, whichever way they are named', async (t) => {
    const dock = await simulatedDock(t, backend)
    const spans = [
      ['--boots', '77'],
      ['--from', '2020-01-01', '--to', '2020-01-02'],
    ]
    for (const span of spans) {
      const ended = await cli.run(['logs', 'collect', dock.dockSn, ...span, '--wait'])
      assert.equal(ended.status, 3, ended.stderr)
      assert.match(ended.stderr, /^The dock has no such logs\.\ngroundcrew logs list <dock> shows/m)
    }
  })

  await t.test('3 where the dock does not list its logs', async (t) => {
    const dock = await simulatedDock(t, backend, { faults: { noReply: true } })
    const ended = await whileTicking(backend, cli.run(['logs', 'collect', dock.dockSn, '--wait']))
    assert.equal(ended.status, 3)
    assert.match(ended.stderr, /did not list its logs/)
  })
})

test('logs collect --wait that is ended before the upload is', async (t) => {
  const backend = await shared(t)
  const cli = commandLine(t, backend.url)

  await t.test('130 after Ctrl-C, which says how to go on; and 4 where somebody cancelled', async (t) => {
    const dock = await simulatedDock(t, backend, { pace: 'real' })
    const watching = commandLineProcess(t, backend.url).start(['logs', 'collect', dock.dockSn, '--wait'])
    await watching.says(/accepted|uploading/)
    watching.interrupt()
    const ended = await watching.ended
    assert.equal(ended.status, 130)
    const [, again = ''] = /To watch it again: groundcrew (.*)\n/.exec(ended.stderr) ?? []
    const other = cli.start(again.split(' '))
    await other.says(/accepted|uploading/)
    const [, , , id = ''] = again.split(' ')
    assert.equal((await cli.run(['logs', 'cancel', dock.dockSn, id])).status, 0)
    assert.equal((await other.ended).status, 4)
  })

  await t.test('5 after --timeout', async (t) => {
    const dock = await simulatedDock(t, backend, { pace: 'real' })
    const ended = await cli.run(['logs', 'collect', dock.dockSn, '--wait', '--timeout', '1s'])
    assert.equal(ended.status, 5, ended.stderr)
    const again = /--timeout gives\.\n.*To watch it again: groundcrew (.*)\n$/.exec(ended.stderr)?.[1] ?? ''
    const watching = cli.start(again.split(' '))
    await watching.says(/accepted|uploading/)
    watching.interrupt()
  })
})

const gate = { confirmedPercent: 100, failedAtMostPercent: 0, withinSeconds: 3600 }

/** A package, settings in a file, and devices of which some fail. */
const campaignStory = async (t: TestContext, backend: Local, cli: ReturnType<typeof commandLine>) => {
  const packageId = await provedPackage(
    backend,
    { version: 'v2.0.0', package: 'firmware' },
    randomBytes(2_000),
  )
  const device = async (script: readonly string[] = []): Promise<string> => {
    const deviceId = `cli-${randomUUID()}`
    const one = await startHuaweiDevice({
      mqttUrl: backend.mqttUrl,
      deviceId,
      pace: 'instant' as const,
      script: parseScript(script),
    })
    t.after(() => one.close())
    await backend.must('PUT', `/v1/devices/${deviceId}`, {})
    return deviceId
  }
  const settings = (next: 'auto' | 'approve'): string =>
    JSON.stringify({
      phases: [
        { name: 'canary', take: { devices: 1 }, together: 1, gate, next },
        { name: 'rest', take: { percent: 100 }, together: 5, gate, next: 'auto' },
      ],
    })
  const draft = (id: string, devices: readonly string[], more: readonly string[] = []) =>
    cli.start([
      'campaigns',
      'create',
      id,
      '--package-id',
      packageId,
      '--device',
      devices.join(),
      ...more,
      '--settings',
      settingsFile(cli.home, settings('auto')),
    ])
  const create = (id: string, devices: readonly string[]) => draft(id, devices, ['--wait'])
  return { device, create, draft }
}

const settingsFile = (home: string, text: string): string => {
  const file = join(home, 'settings.json')
  writeFileSync(file, text)
  return file
}

test('campaigns create --wait ends as the campaign does', async (t) => {
  const backend = await shared(t)
  const cli = commandLine(t, backend.url)
  const story = await campaignStory(t, backend, cli)

  await t.test('0 where it has finished', async () => {
    const devices = [await story.device(), await story.device()]
    const ended = await whileTicking(backend, story.create('well', devices).ended)
    assert.equal(ended.status, 0, ended.stderr)
    assert.match(ended.stdout, /rest\tdone\t1\t1\t0/)
  })

  await t.test('and names its devices that are unknown', async () => {
    const known = await story.device()
    const ended = await story.draft('mistyped', [known, 'cli-mistyped']).ended
    assert.equal(ended.status, 0, ended.stderr)
    assert.match(ended.stderr, /^cli-mistyped is unknown so far, but was added/m)
    assert.ok(!ended.stderr.includes(known))
  })

  await t.test('3 where a gate was not passed', async () => {
    const devices = [await story.device(['failure:4']), await story.device(['failure:4'])]
    const ended = await whileTicking(backend, story.create('badly', devices).ended)
    assert.equal(ended.status, 3, ended.stderr)
    assert.match(ended.stdout, /lowBattery\t1/)
  })

  await t.test('started and resumed with --wait as well', async () => {
    const [one, other] = [await story.device(), await story.device(['failure:4'])]
    await story.draft('later', [one]).ended
    const well = await whileTicking(backend, cli.run(['campaigns', 'start', 'later', '--wait']))
    assert.equal(well.status, 0, well.stderr)
    await story.draft('worse', [other]).ended
    const badly = await whileTicking(backend, cli.run(['campaigns', 'start', 'worse', '--wait']))
    assert.equal(badly.status, 3, badly.stderr)
    await backend.must('PUT', '/v1/devices/cli-nobody-3', {})
    await story.draft('endless', ['cli-nobody-3']).ended
    const steer = (...args: string[]) => cli.run(['campaigns', ...args])
    const brief = ['endless', '--wait', '--timeout', '1s']
    assert.equal((await steer('start', ...brief)).status, 5)
    const early = await steer('pause', 'endless')
    assert.equal(early.status, 1)
    assert.match(early.stderr, /is still preparing.*\n.*groundcrew campaigns show/)
    await whileTicking(backend, cli.start(['campaigns', 'watch', 'endless']).says(/running/))
    assert.equal((await steer('pause', 'endless')).status, 0)
    assert.equal((await steer('resume', ...brief)).status, 5)
  })

  await t.test('130 after Ctrl-C, and 4 where it was aborted', async () => {
    const ids = ['cli-nobody-1', 'cli-nobody-2']
    for (const id of ids) await backend.must('PUT', `/v1/devices/${id}`, {})
    const watching = story.create('stopped', ids)
    await whileTicking(backend, watching.says(/running/))
    watching.interrupt()
    const ended = await watching.ended
    assert.equal(ended.status, 130)
    assert.match(ended.stderr, /To watch it again: groundcrew campaigns watch stopped\n/)
    const other = cli.start(['campaigns', 'watch', 'stopped'])
    await other.says(/running/)
    const kept = await cli.run(['campaigns', 'delete', 'stopped'])
    assert.deepEqual(
      [kept.status, kept.stderr.split('\n')[0]?.startsWith('The campaign has not ended')],
      [1, true],
    )
    const aborted = await whileTicking(backend, cli.run(['campaigns', 'abort', 'stopped', '--wait']))
    assert.equal(aborted.status, 0, aborted.stderr)
    assert.equal((await other.ended).status, 4)
    await backend.must('PUT', '/v1/campaigns/unborn', { name: 'x', package: 'firmware', targetVersion: '2' })
    const gone = await cli.run(['campaigns', 'delete', 'unborn'])
    assert.deepEqual([gone.status, gone.stdout], [0, 'unborn deleted\n'])
  })
})

test('what goes wrong is a sentence with a remedy', async (t) => {
  const backend = await shared(t)
  const cli = commandLine(t, backend.url)
  const cases: [args: string[], status: number, says: RegExp][] = [
    [['docks', 'NOSUCH'], 1, /^There is no such dock\..*\nLook at what you named/],
    [['docks', '--url', 'http://127.0.0.1:9'], 1, /^No answer from http:\/\/127\.0\.0\.1:9.*\n.*npm start/],
    [['docks', '--url', 'nonsense'], 2, /^nonsense is no address/],
    [['docks', '--limit', 'many'], 2, /whole number/],
    [['logs', 'collect', 'D', '--from', '999999999d'], 2, /a time like 2026-11-21T10:00:00Z, or a span/],
    [['nope'], 2, /unknown command 'nope'/],
    [['logs', 'collect', 'D', '--last', '1', '--boots', '2'], 2, /exclude each other/],
    [['campaigns', 'create', 'x', '--settings', '/nowhere'], 2, /^\/nowhere cannot be read/],
    [['campaigns', 'create', 'x'], 1, /package/],
    [['open', 'nothing'], 2, /^The console has no page nothing/],
    [['login', '--machine'], 2, /GROUNDCREW_CLIENT_ID/],
  ]
  for (const [args, status, says] of cases)
    await t.test(args.join(' '), async () => {
      const ended = await cli.run(args)
      assert.deepEqual([ended.status, ended.stdout], [status, ''], ended.stderr)
      assert.match(ended.stderr, says)
      assert.doesNotMatch(ended.stderr, /\n\s+at /)
    })
})

test('what is in the way is named by the command that shows or ends it', async (t) => {
  const backend = await shared(t)
  const cli = commandLine(t, backend.url)
  const { dockSn } = await simulatedDock(t, backend, { pace: 'real' })
  const { stdout } = await cli.run(['logs', 'collect', dockSn])
  const upload = `${dockSn} ${stdout.trim()}`
  const busy = await cli.run(['logs', 'collect', dockSn])
  assert.match(busy.stderr, new RegExp(`cancel it: groundcrew logs cancel ${upload}\n$`))
  assert.doesNotMatch(busy.stderr, /href|\/v1\//)
  const cancel = ['logs', 'cancel', ...upload.split(' ')]
  assert.equal((await cli.run(cancel)).status, 0)
  assert.equal((await cli.run(['logs', 'watch', ...upload.split(' ')])).status, 4)
  const late = await cli.run(cancel)
  assert.equal(late.status, 1)
  assert.match(late.stderr, new RegExp(`^The upload has ended.*\n.*groundcrew logs watch ${upload}\n$`))
})

test('a table on a narrow terminal has ids as a whole', async (t) => {
  const backend = await shared(t)
  const cli = commandLine(t, backend.url)
  const { dockSn } = await simulatedDock(t, backend)
  const note = 'a note that is too long for a terminal of eighty columns beside all the rest'
  const { stdout: id } = await cli.run(['logs', 'collect', dockSn, '--note', note])
  await backend.untilCaughtUp()
  const { stdout } = await cli.runAtTerminal(['logs', 'uploads', dockSn])
  assert.ok(stdout.includes(dockSn) && stdout.includes(id.trim()), stdout)
  assert.match(stdout, /a note …/)
})

test('a redrive that cannot begin does not say that something was put back', async (t) => {
  const cli = commandLine(t, undefined)
  const { status, stderr } = await cli.run(['redrive', '--local', '--data', '/nowhere'])
  assert.equal(status, 1)
  assert.match(stderr, /^Not begun: No stack runs over \/nowhere/)
  assert.doesNotMatch(stderr, /put back/)
})

/** Somebody else's server, or a newer one: it answers everything so. */
const elsewhere = async (t: TestContext, status: number, body: string): Promise<string> => {
  const server = createServer((_, response) => void response.writeHead(status).end(body)).listen(
    0,
    '127.0.0.1',
  )
  t.after(() => server.close())
  await once(server, 'listening')
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

test('any answer of a server is reported in whole sentences', async (t) => {
  const failure = { reason: 'The storage does not hold it.', advice: 'Start the upload again.' }
  const problem = (type: string) => ({
    type: `https://x.invalid/${type}`,
    title: 'No',
    detail: 'Add ?force=true.',
  })
  const upload = { dockSn: 'D', id: 'u', state: 'failed', failure }
  const archive = { module: 'dock', state: 'missing', bootIndexes: [], failure }
  const watch = ['logs', 'watch', 'D', 'u']
  const cases: [status: number, body: unknown, args: string[], exit: number, says: RegExp][] = [
    [200, { ...upload, archives: [archive] }, watch, 3, /does not hold it\. Start.*\n.*hold it\. Start/s],
    [409, problem('constructor'), ['docks'], 1, /^No\. Add \?force=true\.\nLook at what stands in the way/],
    [409, problem('__proto__'), ['docks'], 1, /^No\. Add \?force=true\.\nLook at what stands in the way/],
    [
      409,
      problem('attempt-ended'),
      ['upgrades', 'close', 'd', 'a'],
      1,
      /\nThere is nothing to close\. .*upgrades list/,
    ],
    [409, problem('dock-absent'), ['docks'], 1, /^No\.\n.*--force\.\n$/],
    [200, '<!doctype html>', ['docks'], 1, /does not answer as the API does\..*\nLook at the address/],
    [200, {}, ['docks'], 1, /^The answer is no page of a list\..*\nLook at the address/],
  ]
  for (const [status, body, args, exit, says] of cases)
    await t.test(says.source, async (t) => {
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      const ended = await commandLine(t, await elsewhere(t, status, text)).run(args)
      assert.equal(ended.status, exit, ended.stderr)
      assert.match(ended.stdout + ended.stderr, says)
    })
})

test('the npm start of a folder is found at whatever port, on this machine alone', async (t) => {
  const backend = await shared(t)
  const cli = commandLineProcess(t, undefined)
  mkdirSync(join(cli.home, '.groundcrew'))
  const saidOf = (address: string) =>
    writeFileSync(join(cli.home, '.groundcrew', 'operator.env'), `GROUNDCREW_API_URL=${address}\n`)
  saidOf(backend.url)
  const found = await cli.run(['docks'])
  assert.deepEqual([found.status, found.stderr], [0, ''])
  await t.test('and named where the address of the last login does not answer', async () => {
    mkdirSync(join(cli.home, 'groundcrew'))
    const file = join(cli.home, 'groundcrew', 'config.json')
    writeFileSync(file, JSON.stringify({ url: 'http://127.0.0.1:9' }))
    const away = await cli.run(['docks'])
    assert.equal(away.status, 1)
    const [, remedy = ''] = away.stderr.split('\n')
    assert.ok(remedy.includes(`the last login, in ${file}.`), away.stderr)
    assert.ok(remedy.includes(`groundcrew login --url ${backend.url}.`), away.stderr)
    rmSync(file)
  })
  saidOf('http://192.0.2.1:3000')
  // Whoever is at the usual port: it is not asked of the other machine.
  const { stdout, stderr } = await cli.run(['open', '--print'])
  assert.match(stdout + stderr, /http:\/\/127\.0\.0\.1:3000/)
})

test('devices come in by a pipe, however long that takes to begin', async (t) => {
  const backend = await shared(t)
  const cli = commandLineProcess(t, backend.url)
  await backend.must('PUT', '/v1/devices/slow', {})
  const target = ['--package', 'firmware', '--target-version', 'v2.0.0']
  const asked = ['campaigns', 'create', 'piped', ...target, '--devices-from', '-']
  // As long as a command takes that is before the pipe.
  const before = cli.run(['devices']).then(() => 'slow\tv1.0.0\n')
  const { ended } = cli.start(asked, before)
  assert.equal((await ended).status, 0, (await ended).stderr)
  assert.match(JSON.stringify(await backend.must('GET', '/v1/campaigns/piped/devices')), /"deviceId":"slow"/)
  const none = await cli.run(asked.map((word) => (word === 'piped' ? 'none' : word)))
  assert.equal(none.status, 1)
  assert.match(none.stderr, /^The pipe names no devices, so nothing was made\.\ngroundcrew devices lists/)
  assert.equal((await cli.run(['campaigns', 'show', 'none'])).status, 1)
})

test('what devices wrote cannot steer a terminal', async (t) => {
  const backend = await shared(t)
  const cli = commandLine(t, backend.url)
  const bad = 'a\u001b]0;owned\u0007\u009b31m\u202eb'
  const body = {
    services: [{ service_id: '$ota', event_type: 'version_report', paras: { fw_version: bad } }],
  }
  await backend.must('POST', '/v1/device-events', [{ deviceId: 'evil', body }])
  await backend.idle()
  await backend.untilCaughtUp()
  for (const args of [['devices'], ['devices', '--json'], ['rejected'], ['rejected', '--json']]) {
    const { stdout, stderr, status } = await cli.run(args)
    assert.equal(status, 0, stderr)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    assert.doesNotMatch(stdout + stderr, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/)
  }
  const { stdout } = await cli.run(['rejected'])
  assert.match(stdout, /^evil\t/)
})

test('the address of the last login is kept, and its file is read by its user alone', async (t) => {
  const backend = await sharedWithLogin(t)
  const cli = commandLine(t, undefined)
  const login = cli.start(['login', '--no-browser', '--url', backend.url])
  const address = (await login.says(/http\S+oauth2\/authorize\S+/)).trim()
  const { origin } = new URL(new URL(address).searchParams.get('redirect_uri') ?? '')
  // A page in the same browser can ask for anything there, and knows no state.
  for (const foreign of ['//', '/?error=access_denied', '/?code=theirs&state=guessed', '/?code=theirs'])
    assert.equal((await fetch(origin + foreign)).status, 404, foreign)
  const asked = await fetch(`${address}&person=operator`, { redirect: 'manual' })
  const back = await fetch(asked.headers.get('location') ?? '')
  assert.match(await back.text(), /back to the terminal/)
  const ended = await login.ended
  assert.deepEqual([ended.status, ended.stdout], [0, `Signed in at ${backend.url}\n`], ended.stderr)
  const file = join(cli.home, 'groundcrew', 'credentials.json')
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.equal(statSync(join(cli.home, 'groundcrew')).mode & 0o777, 0o700)

  await t.test('and used from then on', async () => {
    assert.equal((await cli.run(['docks'])).status, 0)
    const refused = await cli.run(['check-storage'])
    assert.equal(refused.status, 1)
    assert.match(refused.stderr, /You may not do this\.[\s\S]*Ask an administrator/)
  })

  await t.test('renewed where it is over', async () => {
    const sessions = JSON.parse(readFileSync(file, 'utf8'))
    const old = sessions[backend.url].accessToken
    sessions[backend.url].expiresAt = 0
    writeFileSync(file, JSON.stringify(sessions))
    assert.equal((await cli.run(['docks'])).status, 0)
    assert.notEqual(JSON.parse(readFileSync(file, 'utf8'))[backend.url].accessToken, old)
  })

  await t.test('a token of the environment counts more', async () => {
    const ended = await cli.run(['docks'], { GROUNDCREW_TOKEN: 'nonsense' })
    assert.deepEqual([ended.status, /groundcrew login/.test(ended.stderr)], [1, true])
  })

  await t.test('and forgotten by logout', async () => {
    assert.equal((await cli.run(['logout'])).status, 0)
    assert.ok(!readFileSync(file, 'utf8').includes('accessToken'))
    const ended = await cli.run(['docks'])
    assert.match(ended.stderr, /Sign in: groundcrew login/)
  })
})

test('without a browser one signs in by a code, or as a machine', async (t) => {
  const backend = await sharedWithLogin(t)
  const token = () => backend.token({ scopes: ['groundcrew/read'] })
  const byCode = ['login', '--device', '--client-id', 'command-line', '--issuer']

  await t.test('by a code, once a person has said yes elsewhere', async (t) => {
    const issuer = await issuerElsewhere(t, token)
    const cli = commandLine(t, backend.url)
    const login = cli.start([...byCode, issuer.url])
    await login.says(new RegExp(`Open ${issuer.url}/enter on any machine, and enter ${issuer.person.code}`))
    await issuer.polled
    issuer.person.says = 'yes'
    const ended = await login.ended
    assert.deepEqual([ended.status, ended.stdout], [0, `Signed in at ${backend.url}\n`], ended.stderr)
    assert.equal((await cli.run(['docks'])).status, 0)
  })

  await t.test('and not where that person says no, or the issuer has no codes', async (t) => {
    const issuer = await issuerElsewhere(t, token)
    issuer.person.says = 'no'
    const cli = commandLine(t, backend.url)
    const refused = await cli.run([...byCode, issuer.url])
    assert.equal(refused.status, 1)
    assert.match(
      refused.stderr,
      /The issuer did not sign you in: access_denied.*\n.*groundcrew login --device/,
    )
    const none = await cli.run([...byCode, decodeJwt(await token()).iss ?? ''])
    assert.equal(none.status, 1)
    assert.match(none.stderr, /^The issuer does not support signing in by a code\.\nSign in by browser/)
    assert.equal((await cli.run(['docks'])).status, 1)
  })

  await t.test('as a machine, whose secret is not stored and renews the token', async (t) => {
    const issuer = await issuerElsewhere(t, token)
    const cli = commandLine(t, backend.url)
    const of = (secret: string) => ({ GROUNDCREW_CLIENT_ID: machine.id, GROUNDCREW_CLIENT_SECRET: secret })
    const login = ['login', '--machine', '--issuer', issuer.url]
    const wrong = await cli.run(login, of('guessed'))
    assert.equal(wrong.status, 1)
    assert.match(wrong.stderr, /The issuer gave no token: invalid_client.*\n.*GROUNDCREW_CLIENT_SECRET/)
    assert.equal((await cli.run(login, of(machine.secret))).status, 0)
    assert.equal((await cli.run(['docks'])).status, 0)
    const file = join(cli.home, 'groundcrew', 'credentials.json')
    const kept = readFileSync(file, 'utf8')
    assert.ok(!kept.includes(machine.secret))
    const sessions = JSON.parse(kept)
    sessions[backend.url].expiresAt = 0
    writeFileSync(file, JSON.stringify(sessions))
    const without = await cli.run(['docks'])
    assert.deepEqual([without.status, /groundcrew login/.test(without.stderr)], [1, true])
    assert.equal((await cli.run(['docks'], of(machine.secret))).status, 0)
    assert.equal(issuer.given(), 2)
  })
})

test('shells get the possible completions', async (t) => {
  const cli = commandLine(t, undefined)
  const after = async (...words: string[]) =>
    (await cli.run(['__complete', '--', ...words])).stdout.trim().split('\n')
  assert.ok((await after()).includes('campaigns'))
  assert.deepEqual((await after('campaigns')).filter((word) => !word.startsWith('-')).sort(), [
    'abort',
    'approve',
    'create',
    'delete',
    'list',
    'pause',
    'resume',
    'show',
    'start',
    'watch',
  ])
  assert.ok((await after('campaigns', 'create', 'x')).includes('--wait'))
  assert.deepEqual(await after('docks', '--presence'), ['online', 'offline', 'unknown'])
  for (const shell of ['bash', 'zsh', 'fish'])
    assert.match((await cli.run(['completion', shell])).stdout, /__complete/)
})
