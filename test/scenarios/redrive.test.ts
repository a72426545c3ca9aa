import assert from 'node:assert/strict'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { StartOptions } from '../../local/start-options.ts'
import { redrive } from '../../redrive/redrive.ts'
import { dockByHand } from '../support/dock-by-hand.ts'
import { operatorsQueues, runRedrive } from '../support/redrive.ts'
import { noOperator, openStage } from '../support/stage.ts'
import { onlyLocal, openLocal } from '../support/story.ts'
import { removeGrant } from '../support/template-edits.ts'
import { deviceStory, progress } from '../support/upgrades.ts'

/** A backend with data of its own that gives messages up without waiting. */
const open = async (t: TestContext, options: StartOptions = {}) => {
  const data = await mkdtemp(join(tmpdir(), 'groundcrew-data-'))
  t.after(() => rm(data, { recursive: true, force: true }))
  const backend = await openLocal(t, { dataDirectory: data, redeliverAfterSeconds: 0, ...options })
  return { backend, run: (...args: string[]) => runRedrive(t, data, ...args), data }
}

/** How many letters wait, by the queue. None may be in hand. */
const countsIn = (out: string) =>
  new Map([...out.matchAll(/^(\w+) +(\d+) +0$/gm)].map(([, queue = '', waiting = '']) => [queue, waiting]))

test('what could not be recorded is put back when the cause is mended', { skip: noOperator }, async (t) => {
  const { backend, run, lose } = await openStage(t)
  const before = countsIn((await run()).out)
  const dock = await dockByHand(t, backend)
  const { id } = await dock.askListing()
  const listing = `${dock.path}/log-listings/${id}`
  await lose('record-replies', async () => dock.answerListing(await dock.hear()))
  const waiting = async (queue: string) => countsIn((await run()).out).get(queue)
  await backend.until(
    () => waiting('repliesDeadLetters'),
    (count) => count === '1',
  )

  await t.test('it is listed', async () => {
    const { out, code } = await run()
    assert.deepEqual([...countsIn(out)], [...before.set('repliesDeadLetters', '1')])
    assert.equal(code, 0)
  })

  await t.test('a dry run shows it and changes nothing', async () => {
    const { out, code } = await run('--queue', 'repliesDeadLetters', '--dry-run')
    assert.match(out, new RegExp(`would be put back into replies  ${dock.dockSn}  .*fileupload_list`))
    assert.match(out, /repliesDeadLetters: 1 letter, nothing was changed/)
    assert.equal(code, 0)
    assert.equal(await waiting('repliesDeadLetters'), '1')
    await backend.untilCaughtUp()
    assert.doesNotMatch(JSON.stringify(await backend.must('GET', listing)), /"received"/)
  })

  await t.test('it is put back, and recorded', async () => {
    const { out, code } = await run('--queue', 'repliesDeadLetters')
    assert.match(out, /repliesDeadLetters: 1 letter, 1 put back, 0 removed, 0 stay/)
    assert.equal(code, 0)
    const again = async () => JSON.stringify(await backend.must('GET', listing))
    await backend.until(again, (text) => text.includes('"received"'))
    assert.equal(await waiting('repliesDeadLetters'), '0')
  })

  await t.test('and then there is nothing to put back', async () => {
    const { out, code } = await run('--queue', 'repliesDeadLetters')
    assert.match(out, /^repliesDeadLetters: 0 letters, 0 put back, 0 removed, 0 stay$/m)
    assert.equal(code, 0)
  })
})

test('what cannot be recorded comes back, and the run ends', { skip: onlyLocal }, async (t) => {
  const { backend, run } = await open(t)
  const dock = await dockByHand(t, backend)
  backend.faults.failFunction('record-replies', 1000)
  await dock.askListing()
  await dock.answerListing(await dock.hear())
  await backend.until(
    async () => backend.deadLetters(),
    ({ length }) => length === 1,
  )
  const { out } = await run('--queue', 'repliesDeadLetters')
  assert.match(out, /1 put back/)
  await backend.until(
    async () => backend.deadLetters(),
    ({ length }) => length === 1,
  )
})

/** A device's report that the rule could not hand on. */
const unruled = async (t: TestContext) => {
  const { backend, run } = await open(t, {
    alter: removeGrant({
      holder: 'IngestdeviceEvents',
      action: 'sqs:SendMessage',
      on: /IngestupgradesQueue/,
    }),
  })
  const story = deviceStory(backend, `pump-${process.pid}`)
  await story.register()
  const attempt = await story.open('v2')
  const device = await backend.device()
  const before = Date.now()
  await device.publish(`oc/devices/${story.deviceId}/sys/events/up`, { services: [progress(40, 'v1')] })
  const published = [before, Date.now()] as const
  assert.equal(backend.deadLetters().length, 1)
  return { backend, run, story, attempt, published }
}

test('what a rule could not hand on is put back as the rule would have', { skip: onlyLocal }, async (t) => {
  const { backend, run, story, attempt, published } = await unruled(t)
  const { out } = await run('--queue', 'RuleFailures')
  assert.match(out, new RegExp(`put back into upgrades  ${story.deviceId}  `))
  const { percent } = await story.until(({ state }) => state === 'upgrading')
  assert.equal(percent, 40)
  const [report, ...others] = await backend.until(
    () => story.reports(attempt.id),
    ({ length }) => length > 0,
  )
  assert.deepEqual(others, [])
  // When it was published, not when it was put back.
  const receivedAt = Date.parse(report?.receivedAt ?? '')
  assert.ok(receivedAt >= published[0] && receivedAt <= published[1])
})

/** No dead letter here is an unpublished event. */
const republish = async () => assert.fail()

test('a run that ends between the two is repeated without harm', { skip: onlyLocal }, async (t) => {
  const { backend, run, story, attempt } = await unruled(t)
  const { sqs, ...stack } = await operatorsQueues(t, backend)
  const crashing = {
    ...sqs,
    remove: async () => {
      throw new Error('crashed')
    },
  }
  const from = 'RuleFailures'
  await assert.rejects(
    redrive(crashing, { ...stack, from, republish, dryRun: false, onLetter: () => {} }),
    /crashed/,
  )
  await backend.until(
    () => story.reports(attempt.id),
    ({ length }) => length > 0,
  )
  const before = await story.view()
  assert.match((await run('--queue', from)).out, /1 letter, 1 put back/)
  await backend.idle()
  assert.deepEqual(await story.view(), before)
  assert.equal((await story.reports(attempt.id)).length, 1)
  assert.deepEqual(backend.deadLetters(), [])
})

test('a letter that was not sent stays, and is at hand for the next run', { skip: onlyLocal }, async (t) => {
  const { backend, run } = await unruled(t)
  const { sqs, ...stack } = await operatorsQueues(t, backend)
  const failing = {
    ...sqs,
    send: async () => {
      throw new Error('no network')
    },
  }
  const all = { ...stack, from: 'RuleFailures', republish, dryRun: false, onLetter: () => {} } as const
  await assert.rejects(redrive(failing, all), /no network/)
  assert.equal(countsIn((await run()).out).get('RuleFailures'), '1')
})

test('a dead letter that cannot be read stays, and the command says so', { skip: onlyLocal }, async (t) => {
  const { backend, run } = await open(t)
  const { sqs, queues } = await operatorsQueues(t, backend)
  await sqs.send(queues.get('RuleFailures')?.url ?? '', 'not of a rule')
  const { out, code } = await run('--queue', 'RuleFailures')
  assert.match(out, /stays because it is not a failure message of a topic rule {2}not of a rule/)
  assert.match(out, /0 put back, 0 removed, 1 stay/)
  assert.equal(code, 1)
})

test('starts of a sweep that failed are removed: it has been started since', {
  skip: onlyLocal,
}, async (t) => {
  const { backend, run } = await open(t)
  const { sqs, queues } = await operatorsQueues(t, backend)
  await sqs.send(queues.get('EventFailures')?.url ?? '', '{"detail-type":"Scheduled Event"}')
  assert.match((await run('--queue', 'EventFailures')).out, /1 letter, 0 put back, 1 removed, 0 stay/)
  assert.deepEqual(backend.deadLetters(), [])
})

test('the way to a local stack is its user’s alone, and gone with it', { skip: onlyLocal }, async (t) => {
  const { backend, run, data } = await open(t)
  const file = join(data, 'operator.env')
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  await backend.stop()
  await assert.rejects(stat(file), /ENOENT/)
  const { err, code } = await run()
  assert.match(err, /Not finished: No stack runs over .*npm start/)
  assert.equal(code, 1)
})
