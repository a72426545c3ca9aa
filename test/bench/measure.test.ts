import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import * as z from 'zod'
import { onlyLocal, openLocal } from '../support/story.ts'

/** `npm run measure`: what it counts and spends, never how long anything took. */

const command = join(import.meta.dirname, '../../bench/in-account.ts')

const run = async (t: TestContext, args: string[]) => {
  const child = spawn(process.execPath, [command, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, GROUNDCREW_TOKEN: '' },
  })
  t.after(() => child.kill('SIGKILL'))
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { out, err, status: child.exitCode }
}

const Measured = z.object({ measured: z.number() })
const Printed = z.object({
  answer: Measured,
  percentage: Measured,
  end: Measured,
  spent: z.object({ messages: z.number(), requests: z.number(), dollars: z.number() }),
  stopped: z.optional(z.string()),
})

test('npm run measure', { skip: onlyLocal }, async (t) => {
  const backend = await openLocal(t, { auth: true })
  const token = await backend.token({ scopes: ['groundcrew/admin', 'groundcrew/operate', 'groundcrew/read'] })
  const at = ['--url', backend.url, '--mqtt', backend.mqttUrl, '--token', token, '--json']

  await t.test('finds the npm start whose data it is given', async (t) => {
    const data = mkdtempSync(join(tmpdir(), 'groundcrew-measure-'))
    t.after(() => rmSync(data, { recursive: true }))
    const addresses = { API: backend.url, MQTT: backend.mqttUrl, EDGE: 'mqtt://x', DOCK: 'mqtt://x' }
    const lines = Object.entries(addresses).map(([name, url]) => `GROUNDCREW_${name}_URL=${url}\n`)
    writeFileSync(join(data, 'operator.env'), lines.join(''))
    const { err, status } = await run(t, ['--data', data, '--token', token, '--rounds', '1'])
    assert.deepEqual([status, err], [0, ''])
  })

  await t.test(
    'has a dock upload as often as it is told, and sees an answer, a percentage and an end',
    async (t) => {
      const { out, err, status } = await run(t, [...at, '--rounds', '2'])
      assert.deepEqual([status, err], [0, ''])
      const { answer, percentage, end, spent, stopped } = Printed.parse(JSON.parse(out))
      assert.deepEqual([answer.measured, percentage.measured, end.measured, stopped], [2, 2, 2, undefined])
      // To connect, a list, and five of each round: a command and that it came, an answer, two reports.
      assert.equal(spent.messages, 3 + 3 + 2 * 5)
      assert.ok(spent.dollars > 0 && spent.dollars < 0.05)
    },
  )

  for (const [option, limit, reason] of [
    ['--most-messages', '30', 'the budget of 30 messages and requests is spent'],
    ['--most-dollars', '0.00005', 'the budget of 0.00005 dollars is spent'],
  ] as const)
    await t.test(`stops before it goes beyond ${option}`, async (t) => {
      const { out, err, status } = await run(t, [...at, '--rounds', '50', option, limit])
      assert.deepEqual([status, err], [1, `Stopped: ${reason}.\n`])
      const { spent, stopped } = Printed.parse(JSON.parse(out))
      assert.equal(stopped, reason)
      const most = { '--most-messages': spent.messages + spent.requests, '--most-dollars': spent.dollars }
      assert.ok(most[option] <= Number(limit))
    })

  await t.test('says what is wrong with how it was called', async (t) => {
    for (const [args, said] of [
      [['--rounds', 'many'], '--rounds must be a whole number'],
      [['--rounds', '0'], '--rounds must be from 1 to 10000'],
      [['--mqtt', 'https://broker'], '--mqtt must be an address like mqtts://…:8883'],
      [['--dock', 'not a dock'], '--dock must be a serial number: letters and digits'],
      [['--url', 'http://127.0.0.1:1'], '--url and --mqtt go together'],
      [[...at.slice(0, 4), '--data', '.'], '--data finds what --url and --mqtt name: give one of them'],
      [['--cert', '/dev/null'], '--cert and --key go together'],
      [['--key', '/there/is/none'], '--key: the file cannot be read: ENOENT'],
    ] as const) {
      const { out, err, status } = await run(t, [...args])
      assert.deepEqual([status, out], [2, ''])
      assert.ok(err.startsWith(said), err)
      assert.match(err, /Try npm run measure -- --help\n$/)
    }
  })

  await t.test('fails where nothing answers, and says what to start or to give', async (t) => {
    const remedy = /\nOn this machine, start it first: npm start\. .*--url and --mqtt\.\n$/
    const api = await run(t, [...at.slice(2), '--url', 'http://127.0.0.1:1'])
    assert.equal(api.status, 1)
    assert.match(api.err, /^http:\/\/127\.0\.0\.1:1 does not answer: \S/)
    assert.match(api.err, remedy)
    const broker = await run(t, [...at.slice(0, 2), '--mqtt', 'mqtt://127.0.0.1:1'])
    assert.equal(broker.status, 1)
    assert.match(broker.err, /^mqtt:\/\/127\.0\.0\.1:1 lets no dock in: nothing listens at 127\.0\.0\.1:1/)
    assert.match(broker.err, remedy)
  })
})
