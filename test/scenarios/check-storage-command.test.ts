import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { StorageCheck } from '../../lambdas/storage/check/shapes.ts'
import { onlyLocal, openLocal } from '../support/story.ts'

const command = join(import.meta.dirname, '../../bin/check-storage.ts')

/** `npm run check-storage`, whose output is no terminal. */
const run = async (t: TestContext, args: string[], token = '') => {
  const child = spawn(process.execPath, [command, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, GROUNDCREW_TOKEN: token, FORCE_COLOR: undefined },
  })
  t.after(() => child.kill('SIGKILL'))
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { out, err, status: child.exitCode }
}

test('npm run check-storage', { skip: onlyLocal }, async (t) => {
  const backend = await openLocal(t, { auth: true })
  const admin = await backend.token({ scopes: ['groundcrew/admin'] })
  const url = ['--url', backend.url]

  await t.test('prints each step, and ends well where all is well', async (t) => {
    const { out, err, status } = await run(t, [...url, '--token', admin])
    assert.deepEqual([status, err], [0, ''])
    const marks = out.trim().split('\n')
    assert.equal(marks.length, 8)
    // A colour would come before the mark.
    for (const line of marks) assert.match(line, /^✔ \w+ +\S/)
  })

  await t.test('takes the token from the environment, and prints JSON for programs', async (t) => {
    const { out, status } = await run(t, [...url, '--json'], admin)
    assert.deepEqual([status, StorageCheck.parse(JSON.parse(out)).ok], [0, true])
  })

  await t.test('says what is wrong and what to change, and fails', async (t) => {
    const mend = backend.faults.failService('storage')
    const { out, status } = await run(t, url, admin)
    mend()
    assert.equal(status, 1)
    assert.match(
      out,
      /^✔ lend .*\n✖ put .*\n {4}serviceFailing: \S.*\n {4}put: 503\n- putInParts .*put failed/,
    )
  })

  await t.test('fails where it is not answered', async (t) => {
    const none = await run(t, url)
    assert.deepEqual([none.status, none.out], [1, ''])
    assert.match(none.err, /^Not checked: .* needs a token with the permission admin/)
    const bad = await run(t, [...url, '--token', `${admin}x`])
    assert.match(bad.err, /^Not checked: \S+ does not check: it does not take this token: .*docs\/deploy\.md/)
    const read = await backend.token({ scopes: ['groundcrew/read'] })
    assert.match((await run(t, url, read)).err, /needs the permission admin/)
  })

  await t.test('says so where something else answers', async (t) => {
    const others = [
      [backend.storageUrl, /does not check: it answered 40\d, not as Groundcrew does\. Is --url/],
      [backend.mqttUrl.replace('mqtt:', 'http:'), /the other side closed the connection.*npm start/],
      [backend.url.replace('http:', 'https:'), /it does not speak TLS.*--url/],
    ] as const
    for (const [address, wanted] of others) {
      const { err, status } = await run(t, ['--url', address, '--token', admin])
      assert.match(err, wanted)
      assert.equal(err.trim().split('\n').length, 1)
      assert.equal(status, 1)
    }
  })

  await t.test('finds the npm start over its data, at whatever port', async (t) => {
    const data = await mkdtemp(join(tmpdir(), 'groundcrew-data-'))
    t.after(() => rm(data, { recursive: true, force: true }))
    const said = Object.entries(backend.operator).map(([name, value]) => `${name}=${value}\n`)
    await writeFile(join(data, 'operator.env'), said.join(''))
    assert.equal((await run(t, ['--data', data], admin)).status, 0)
  })

  await t.test('explains itself, and refuses what it does not know', async (t) => {
    const helped = await run(t, ['--help'])
    for (const option of ['--url', '--token', '--json', '--help']) assert(helped.out.includes(option))
    assert.equal(helped.status, 0)
    for (const wrong of [['--nope'], ['--url', 'localhost:3000'], ['--token', 'two words']]) {
      const { err, status } = await run(t, wrong)
      assert.equal(status, 2)
      assert.match(err, /Try npm run check-storage -- --help/)
    }
  })
})
