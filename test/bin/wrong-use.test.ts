import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import * as z from 'zod'
import { root } from '../support/imports.ts'

/** Whoever calls a command wrongly, or where something is missing, reads a sentence with the remedy, never a trace. */

const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))

/** Each file that `npm run` starts, with the first name that it has there. */
const commands = Object.entries(scripts)
  .flatMap(([name, line]) => {
    const file = /^(?:npm run check && )?node ((?:bin|bench|test)\/\S+\.ts)(?: \w+)?$/.exec(line)?.[1]
    return file ? [{ name, file }] : []
  })
  .filter(({ file }, at, all) => all.findIndex((one) => one.file === file) === at)

type Run = { out: string; err: string; status: number | null }

const run = async (
  t: TestContext,
  file: string,
  args: string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Run> => {
  const child = spawn(process.execPath, [join(root, file), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  t.after(() => child.kill('SIGKILL'))
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { out, err, status: child.exitCode }
}

const temporary = (t: TestContext): string => {
  const directory = mkdtempSync(join(tmpdir(), 'groundcrew-test-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** A server that says nothing, which is the worst that an address can lead to. */
const silentServer = async (t: TestContext): Promise<number> => {
  const server = createServer(() => {}).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  return z.object({ port: z.number() }).parse(server.address()).port
}

const isSentence = ({ err, out, status }: Run, wanted: RegExp, wantedStatus: number): void => {
  assert.match(err, wanted)
  assert.doesNotMatch(err + out, /^ +at |Error:|\[object|undefined|"code":/m)
  assert.equal(status, wantedStatus)
}

// No suites: the time that a test may take counts for all of one.
for (const { name, file } of commands)
  test(`${name} says so when it does not know an option`, async (t) => {
    isSentence(await run(t, file, ['--nope']), /--nope/, 2)
  })

for (const { name, file } of commands.filter(({ file }) => !file.startsWith('test/')))
  test(`${name} --help explains it and does nothing`, async (t) => {
    const { out, err, status } = await run(t, file, ['--help'])
    assert.match(out, /npm run|npm start/)
    assert.deepEqual([err, status], ['', 0])
  })

const ofAws = {
  AWS_REGION: undefined,
  AWS_DEFAULT_REGION: undefined,
  AWS_CONFIG_FILE: '/dev/null',
  AWS_PROFILE: undefined,
}
const withoutLogin = {
  AWS_ACCESS_KEY_ID: undefined,
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
}
const cases: [file: string, args: string[], wanted: RegExp, status: number, env?: NodeJS.ProcessEnv][] = [
  ['bench/run.ts', ['--only', 'nope'], /^There is no part nope\. There are .*\nTry npm run bench/, 2],
  ['bench/run.ts', ['--only', 'constructor'], /^There is no part constructor/, 2],
  ['bin/redrive.ts', [], /^Not finished: No region is set\. Set AWS_REGION .*--local/, 1, ofAws],
  [
    'bin/redrive.ts',
    [],
    /^Not finished: No AWS credentials .*AWS_PROFILE/,
    1,
    { ...ofAws, ...withoutLogin, AWS_REGION: 'eu-central-1' },
  ],
  [
    'bin/redrive.ts',
    ['--local', '--data', '/nowhere'],
    /^Not finished: No stack runs over \/nowhere\. .*npm start; --data/,
    1,
  ],
  ['bin/edge.ts', ['mosquitto', '--endpoint', 'h', '--ca', 'a', '--cert', 'b', '--key', 'c'], /--dock/, 2],
  ['bin/edge.ts', ['mosquitto-acl', '--out', import.meta.filename], /^edge: \S+ is no directory/, 1],
  [
    'bin/edge.ts',
    ['relay', '--endpoint', 'h', '--ca', '/', '--cert', '/', '--key', '/'],
    /--ca: is no file/,
    2,
  ],
  ['bin/check-storage.ts', ['--url', 'http://127.0.0.1:1'], /cannot be asked: bad port.*npm start/, 1],
  ['bin/check-storage.ts', ['--url', 'http://x.invalid'], /cannot be asked: .*x\.invalid.*--url/, 1],
  ['bin/check-storage.ts', ['--url', 'http://127.0.0.1:1', '--data', 'x'], /give one of them/, 2],
  ['bin/simulate.ts', ['--flies', '2147484'], /--flies must be at most 2147483, which is 24 days/, 2],
  ['bin/simulate.ts', ['--mqtt', 'mqtt://127.0.0.1:1'], /nothing listens at 127\.0\.0\.1:1\. .*npm start/, 1],
  ['bin/name-stacks.ts', ['--maps', '/nowhere'], /no source maps in \/nowhere: npm run synth/, 1],
  [
    'bin/local.ts',
    ['--data', import.meta.filename],
    /cannot hold the data: .* is no directory.*--data DIR/,
    1,
  ],
  ['bin/local.ts', ['--data', import.meta.dirname], /holds other things, such as .*--data DIR/, 1],
  ['bin/local.ts', ['--data', join(import.meta.filename, 'below')], /cannot hold the data.*--data DIR/, 1],
]
for (const [file, args, wanted, status, env] of cases)
  test(`${file} ${args.join(' ').replaceAll(root, '…')} is answered with what to do`, async (t) => {
    isSentence(await run(t, file, args, env), wanted, status)
  })

test('a directory without write permission is named by npm start', {
  skip: process.platform !== 'linux',
}, async (t) => {
  isSentence(
    await run(t, 'bin/local.ts', ['--data', '/proc/groundcrew']),
    /\/proc\/groundcrew cannot hold the data/,
    1,
  )
})

/** The command as a fresh clone has it, with an empty cache and a registry that is not there. */
const firstStart = (t: TestContext, port: number): Promise<Run> => {
  const clone = temporary(t)
  mkdirSync(join(clone, 'bin'))
  for (const name of ['package.json', 'package-lock.json', 'bin/install.mjs'])
    writeFileSync(join(clone, name), readFileSync(join(root, name)))
  const file = join(clone, 'bin/install.mjs')
  const child = spawn(process.execPath, [file], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      npm_config_registry: `http://127.0.0.1:${port}/`,
      npm_config_cache: join(clone, 'cache'),
      npm_config_proxy: 'null',
      npm_config_noproxy: '127.0.0.1',
    },
  })
  t.after(() => child.kill('SIGKILL'))
  return Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]).then(([out, err]) => ({
    out,
    err,
    status: child.exitCode,
  }))
}

test('a first start without network says so, and what to do', async (t) => {
  const port = 1
  isSentence(
    await firstStart(t, port),
    /^The package registry does not answer \(ECONNREFUSED\).*needs the network once/s,
    1,
  )
})

test('a first start waits for no registry that is silent', async (t) => {
  isSentence(await firstStart(t, await silentServer(t)), /^The package registry does not answer \(\w+\)/, 1)
})

test('npm create writes nothing into an app that could end its texts, whoever gave it', async (t) => {
  const folder = join(temporary(t), 'app')
  const make = (args: string[], env = {}) => run(t, 'create/create.mjs', [folder, '--yes', ...args], env)
  for (const AWS_REGION of ["eu-central-1'})", 'nowhere'])
    isSentence(await make([], { AWS_REGION }), /^region: .* must be a region such as eu-central-1/, 2)
  for (const email of ['a@b.c\\', '"a@b.c', "a@b.c'"])
    isSentence(await make(['--email', email]), /^email: .* must be an address, or empty/, 2)
  const { status, err } = await make(['--region', 'eu-west-1'], { AWS_REGION: 'nowhere' })
  assert.equal(status, 0, err)
})
