import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import * as z from 'zod'
import type { Template } from '../../lib/synthesize.ts'
import { dockByHand } from '../support/dock-by-hand.ts'
import { runRedrive } from '../support/redrive.ts'
import { onlyLocal, openLocal } from '../support/story.ts'
import { removeGrant } from '../support/template-edits.ts'

/** Ends of docks do not take the queue of what docks report on the way. */

const options = { skip: onlyLocal }

/** An upload of one archive under way, in a backend that gives messages up without waiting. */
const underWay = async (t: TestContext, alter: (template: Template) => void = () => {}) => {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'groundcrew-data-'))
  t.after(() => rm(dataDirectory, { recursive: true, force: true }))
  const backend = await openLocal(t, { dataDirectory, redeliverAfterSeconds: 0, alter })
  const dock = await dockByHand(t, backend)
  const { upload, command } = await dock.startUpload([{ module: 'dock', bootIndexes: [1] }])
  await dock.answer(command, { result: 0 })
  await dock.uploadUntil(upload.id, 'accepted')
  const putBack = (queue: string) => runRedrive(t, dataDirectory, '--queue', queue)
  return { backend, dock, id: upload.id, command, putBack }
}

const Letter = z.object({
  failures: z.tuple([z.object({ failedResource: z.string(), errorMessage: z.string() })]),
})
const letterIn = (backend: Awaited<ReturnType<typeof openLocal>>) => {
  const [letter, ...others] = backend.deadLetters()
  assert.deepEqual(others, [])
  assert.match(letter?.queue ?? '', /RuleFailures/)
  return Letter.parse(JSON.parse(letter?.body ?? '')).failures[0]
}

test(
  'an end is seen while what is on the way cannot be recorded, which changes nothing when it is',
  options,
  async (t) => {
    const { backend, dock, id, command, putBack } = await underWay(t)
    backend.faults.failFunction('record-progress', 5)
    await dock.report(command, { status: 'file_uploading', percent: 40 })
    await dock.report(command, { status: 'failed', percent: 50, result: 324012 })
    const { failure } = await dock.uploadUntil(id, 'failed')
    await backend.until(
      async () => backend.deadLetters(),
      ([letter]) => /progressDeadLetters/.test(letter?.queue ?? ''),
    )
    assert.match((await putBack('progressDeadLetters')).out, /1 put back/)
    await backend.idle()
    assert.deepEqual((await dock.upload(id)).failure, failure)
    assert.deepEqual(backend.deadLetters(), [])
  },
)

test('an end that its rule may not send is kept, put back the other way, and seen', options, async (t) => {
  const { backend, dock, id, command, putBack } = await underWay(
    t,
    removeGrant({ holder: 'IngestdockProgressRole', action: 'sqs:SendMessage', on: /IngestrepliesQueue/ }),
  )
  await dock.report(command, { status: 'file_uploading', percent: 40 })
  await dock.uploadUntil(id, 'uploading')
  await dock.report(command, { status: 'failed', result: 324012 })
  const { failedResource, errorMessage } = letterIn(backend)
  assert.match(failedResource, /^https:.*IngestrepliesQueue/)
  assert.match(errorMessage, /not authorized to perform: sqs:SendMessage/)
  assert.match((await putBack('RuleFailures')).out, /1 put back/)
  await dock.uploadUntil(id, 'failed')
})

test('a rule that names a queue which there is not keeps its message', options, async (t) => {
  const { backend, dock, command } = await underWay(t, ({ Resources }) => {
    const rule = Object.entries(Resources).find(([id]) => id.startsWith('IngestdockProgressRule'))?.[1]
    const [action] = z
      .object({ Actions: z.array(z.object({ Sqs: z.record(z.string(), z.unknown()) })) })
      .parse(rule?.Properties?.TopicRulePayload).Actions
    assert(action && rule?.Properties)
    const Sqs = { ...action.Sqs, QueueUrl: `https://sqs/\${topic(2)}/\${topic(9)}` }
    Object.assign(Object(rule.Properties.TopicRulePayload), { Actions: [{ Sqs }] })
  })
  await dock.report(command, { status: 'ok' })
  assert.match(letterIn(backend).errorMessage, /^https:\/\/sqs\/product\/ is no queue/)
})
