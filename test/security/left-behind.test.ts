import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import * as z from 'zod'
import { LentCredentials } from '../../lambdas/logs/shapes.ts'
import { type Command, dockByHand, type Lent, lentBy } from '../support/dock-by-hand.ts'
import { apiOf } from '../support/local-run.ts'
import { put, s3AsDock } from '../support/s3-as-dock.ts'
import { mustOf, newDockSn, newFleet, onlyLocal, openLocal } from '../support/story.ts'
import { filesIn, rowsIn, secretsOf } from './on-disk.ts'

/** Whatever a run leaves behind, by where it was found. */
type Traces = Map<string, string[]>

const openKept = async (t: TestContext) => {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'groundcrew-left-'))
  t.after(() => rm(dataDirectory, { recursive: true, force: true }))
  const traces: Traces = new Map()
  const keep = (where: string, text: string) => traces.set(where, [...(traces.get(where) ?? []), text])
  const local = await openLocal(t, {
    auth: true,
    dataDirectory,
    redeliverAfterSeconds: 0,
    log: (_, line) => keep('logs', line),
    warn: (line) => keep('warnings', line),
  })
  const token = await local.token({ scopes: ['groundcrew/admin'] })
  const api: typeof local.api = async (method, path, body, more) => {
    const answer = await apiOf(local.url)(method, path, body, { token, ...more })
    // That answer is one of the two places where lent credentials belong.
    const isLent = path.endsWith('/credentials') && answer.status === 200
    keep(
      isLent ? 'the answer that lends' : 'answers',
      JSON.stringify([answer.body, [...answer.headers.entries()]]),
    )
    return answer
  }
  return { ...local, api, must: mustOf(api), dataDirectory, traces, token }
}
type Kept = Awaited<ReturnType<typeof openKept>>

const commandsOf = (backend: Kept, t: TestContext) => dockByHand(t, backend, { fleet: newFleet() })

/** An upload that succeeds, with credentials lent twice for it, and a dock that tries more than it may. */
const succeed = async (
  t: TestContext,
  backend: Kept,
): Promise<{ lent: Lent[]; id: string; command: Command }> => {
  const dock = await commandsOf(backend, t)
  const { upload, command } = await dock.startUpload()
  const lent = lentBy(command)
  const client = s3AsDock(t, lent)
  await assert.rejects(put(client, lent, 'x', 'elsewhere.tar'), ({ message }: Error) => {
    backend.traces.set('storage errors', [message])
    return true
  })
  const again = LentCredentials.parse(
    await backend.must('POST', `${dock.path}/log-uploads/${upload.id}/credentials`),
  )
  await put(client, lent, 'logs')
  await dock.answer(command, { result: 0 })
  await dock.report(command, { status: 'ok', step: 3, percent: 100, size: 4 })
  await dock.uploadUntil(upload.id, 'verified')
  for (const part of ['', '/logs', '/log-uploads']) await backend.must('GET', `${dock.path}${part}`)
  await backend.must('GET', '/v1/log-uploads')
  return { lent: [lent, { ...lent, ...again }], id: upload.id, command }
}

/** A dock that says back what it was lent, in all the places that are kept for people to see. */
const echo = async (t: TestContext, backend: Kept): Promise<{ echoed: Lent; echoing: string }> => {
  const dock = await commandsOf(backend, t)
  const { command } = await dock.startUpload()
  const lent = lentBy(command)
  const { accessKeyId, secretAccessKey, sessionToken } = lent.credentials
  await dock.publish(dock.topics.events, { method: 'fileupload_progress', data: command.data })
  await dock.publish(dock.topics.events, `{"method": ${JSON.stringify(command.data)}`)
  await dock.publish(dock.topics.servicesReply, {
    method: command.method,
    tid: { [secretAccessKey]: accessKeyId },
    data: { ...command.data, result: 0 },
  })
  const key = `elsewhere/x.tar?X-Amz-Credential=${accessKeyId}&X-Amz-Security-Token=${sessionToken}`
  await dock.publish(dock.topics.events, {
    method: 'fileupload_progress',
    bid: 'foreign',
    data: { output: { ext: { files: [{ module: '3', key, progress: { status: 'file_uploading' } }] } } },
  })
  const Rejected = z.object({ items: z.array(z.unknown()) })
  await backend.until(
    async () =>
      Rejected.parse(await backend.must('GET', `/v1/rejected-messages?source=${dock.dockSn}`)).items,
    (items) => items.length >= 3,
  )
  await backend.until(
    async () => JSON.stringify(await backend.must('GET', dock.path)),
    (text) => text.includes('foreignExport'),
  )
  return { echoed: lent, echoing: dock.dockSn }
}

/** Commands whose credentials were lent and could not be sent, and what fails before and after. */
const fail = async (t: TestContext, backend: Kept): Promise<void> => {
  const dock = await commandsOf(backend, t)
  await Promise.all([dock.list(), dock.hear().then(dock.answerListing)])
  for (const service of ['iot', 'sts'] as const) {
    const end = backend.faults.failService(service)
    assert.equal((await dock.tryStart([{ module: 'dock', bootIndexes: [1] }])).status, 503)
    end()
  }
  backend.faults.failDatabase('TransactWriteItems', 'AccessDeniedException')
  assert.equal((await dock.tryStart([{ module: 'dock', bootIndexes: [1] }])).status, 500)
  assert.equal((await dock.tryStart([{ module: 'dock', bootIndexes: ['?'] }])).status, 422)
  assert.equal((await backend.api('GET', `/v1/docks/${newDockSn()}`)).status, 404)
}

test('what is lent is nowhere but in the message to the dock and in the answer that lends', {
  skip: onlyLocal,
}, async (t) => {
  const backend = await openKept(t)
  const { lent, id, command } = await succeed(t, backend)
  const { echoed, echoing } = await echo(t, backend)
  lent.push(echoed)
  await fail(t, backend)
  await backend.idle()
  const secrets = await secretsOf(backend.dataDirectory)
  const { traces, dataDirectory, token } = backend
  await backend.stop()
  traces.set('rows', await rowsIn(join(dataDirectory, 'database', 'level')))
  for (const [where, text] of await filesIn(dataDirectory)) traces.set(where, [text])

  const placesOf = (needle: string | RegExp) =>
    [...traces]
      .filter(([, texts]) =>
        texts.some((text) => (typeof needle === 'string' ? text.includes(needle) : needle.test(text))),
      )
      .map(([where]) => where)

  await t.test('and this search finds what is there', () => {
    for (const where of ['rows', 'answers']) assert.ok(placesOf(id).includes(where), where)
    assert.ok(placesOf(echoing).includes('logs') && placesOf(/is not authorized/).includes('storage errors'))
    assert.ok(traces.has('file queues.sqlite'))
    assert.ok(JSON.stringify(command).includes(lent[0]?.credentials.secretAccessKey ?? '?'))
  })

  await t.test('no key, secret or token of a session', () => {
    const [first, second] = lent
    assert.notEqual(first?.credentials.accessKeyId, second?.credentials.accessKeyId)
    for (const { credentials } of lent)
      for (const [name, value] of Object.entries(credentials).filter(([of]) => of !== 'expiresAt'))
        assert.deepEqual(
          [name, placesOf(String(value)).filter((where) => where !== 'the answer that lends')],
          [name, []],
        )
    assert.deepEqual(placesOf(second?.credentials.secretAccessKey ?? '?'), ['the answer that lends'])
  })

  await t.test('nor of those that nobody got, since the command could not be sent', () => {
    assert.deepEqual(
      placesOf(/ASIA[A-Z2-7]{16}/).filter((where) => where !== 'the answer that lends'),
      [],
    )
    assert.deepEqual(
      placesOf(/eyJhbGciOiJkaXIi/).filter((where) => where !== 'the answer that lends'),
      [],
    )
  })

  await t.test('nor what signs and derives them, nor an operator’s token', () => {
    for (const [n, secret] of [...secrets, token, token.split('.')[2] ?? token].entries())
      assert.deepEqual([n, placesOf(secret)], [n, []])
  })
})
