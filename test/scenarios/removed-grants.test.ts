import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type DockByHand, dockByHand } from '../support/dock-by-hand.ts'
import { problemOf } from '../support/problem.ts'
import { simulatedDock } from '../support/simulated-dock.ts'
import { newDockSn, onlyLocal, openLocal } from '../support/story.ts'
import { type Grant, removeGrant } from '../support/template-edits.ts'

/** A backend that lacks rights, and all that it logged. A message that fails comes back at once. */
const openWithout = async (t: TestContext, ...grants: Grant[]) => {
  const lines: string[] = []
  const backend = await openLocal(t, {
    alter: (template) => {
      for (const grant of grants) removeGrant(grant)(template)
    },
    redeliverAfterSeconds: 0,
    log: (source, line) => lines.push(`${source} ${line}`),
  })
  /** A function's answer may be here before what it wrote. */
  const logged = (words: RegExp) =>
    backend.until(
      async () => lines.join('\n'),
      (text) => words.test(text),
    )
  const letters = async () => backend.deadLetters().map(({ queue }) => queue)
  return {
    ...backend,
    assertMissed: (right: string) => logged(new RegExp(`"missingRight":"${right} on resource: arn:aws:`)),
    assertLogged: logged,
    /** Waits until so many messages were given up to a queue of that name. */
    letterIn: (queue: RegExp, times = 1) =>
      backend.until(letters, (queues) => queues.filter((one) => queue.test(one)).length >= times),
  }
}

const bootOne = [{ module: 'dock', bootIndexes: [1] }]
const list = (dock: DockByHand) => Promise.all([dock.list(), dock.hear().then(dock.answerListing)])

test('a right that is missing is missed aloud', { skip: onlyLocal }, async (t) => {
  await t.test('by who registers a dock', async (t) => {
    const backend = await openWithout(t, { holder: 'Apiregisterdocks', action: 'dynamodb:UpdateItem' })
    const answer = await backend.api('PUT', `/v1/docks/${newDockSn()}`, {})
    assert.equal(problemOf(answer), '500 internal-error')
    await backend.assertMissed('dynamodb:UpdateItem')
  })

  await t.test('by who asks for a listing, and by who reads a list', async (t) => {
    const backend = await openWithout(
      t,
      { holder: 'Apirequestlisting', action: 'dynamodb:PutItem' },
      { holder: 'Apireadrecords', action: 'dynamodb:Query', on: /index/ },
    )
    const dock = await dockByHand(t, backend)
    const asked = await backend.api('POST', `${dock.path}/log-listings`, {})
    assert.equal(problemOf(asked), '500 internal-error')
    await backend.assertMissed('dynamodb:PutItem')
    assert.equal(problemOf(await backend.api('GET', '/v1/docks')), '500 internal-error')
    await backend.assertMissed('dynamodb:Query')
  })

  await t.test('when a listing cannot be sent, and when a record cannot be read', async (t) => {
    const backend = await openWithout(
      t,
      { holder: 'Apirequestlisting', action: 'iot:Publish' },
      { holder: 'Apireadrecords', action: 'dynamodb:GetItem' },
    )
    const dock = await dockByHand(t, backend)
    const asked = await backend.api('POST', `${dock.path}/log-listings`, {})
    assert.equal(problemOf(asked), '503 command-not-sent')
    await backend.assertMissed('iot:Publish')
    assert.equal(problemOf(await backend.api('GET', dock.path)), '500 internal-error')
    await backend.assertMissed('dynamodb:GetItem')
  })

  await t.test('when an upload cannot be recorded', async (t) => {
    const backend = await openWithout(t, { holder: 'Apistartlogupload', action: 'dynamodb:PutItem' })
    const dock = await dockByHand(t, backend)
    await list(dock)
    assert.equal(problemOf(await dock.tryStart(bootOne)), '500 internal-error')
    await backend.assertMissed('dynamodb:PutItem')
  })

  for (const [what, grant] of [
    ['sent', { holder: 'Apistartlogupload', action: 'iot:Publish' }],
    // The role trusts the function by name, which in one account is enough: the trust is the right that
    // counts.
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics-single-account.html
    ['given credentials', { holder: 'UploadsUploadRole', action: 'sts:AssumeRole' }],
  ] satisfies [string, Grant][])
    await t.test(`when a start cannot be ${what}: it has failed, and the dock is free`, async (t) => {
      const backend = await openWithout(t, grant)
      const dock = await dockByHand(t, backend)
      await list(dock)
      for (const _ of ['once', 'again'])
        assert.equal(problemOf(await dock.tryStart(bootOne)), '503 command-not-sent')
      await backend.assertMissed(grant.action)
      assert.equal((await dock.dock()).activeUpload, undefined)
      const [upload] = await dock.uploads()
      assert.deepEqual([upload?.state, upload?.failure?.code], ['failed', 'notSent'])
    })

  await t.test('by a cancel, an acknowledgement, a verification and a download', async (t) => {
    const backend = await openWithout(
      t,
      { holder: 'Apicancellogupload', action: 'iot:Publish' },
      { holder: 'Ingestprogressrecordprogress', action: 'iot:Publish' },
      { holder: 'Ingestarchivesverifyarchives', action: 'dynamodb:UpdateItem' },
      { holder: 'Apidownloadarchive', action: 's3:GetObject' },
    )
    const dock = await simulatedDock(t, backend, { needReply: true })
    await dock.list()
    const { id } = await dock.start()
    await dock.uploadUntil(id, 'uploaded')
    await backend.letterIn(/progress.*DeadLetters/i)
    await backend.letterIn(/archives.*DeadLetters/i)
    const answer = await backend.api('GET', `${dock.path}/log-uploads/${id}/archives/dock/download`)
    assert.equal(problemOf(answer), '500 internal-error')
    await backend.assertLogged(/StorageRefused/)
    const other = await dockByHand(t, backend)
    const { upload } = await other.startUpload()
    const canceled = await backend.api('POST', `${other.path}/log-uploads/${upload.id}/cancel`, {})
    assert.equal(problemOf(canceled), '503 command-not-sent')
    await backend.assertMissed('iot:Publish')
  })

  await t.test('by who records what docks say', async (t) => {
    const backend = await openWithout(
      t,
      { holder: 'Ingestrepliesrecordreplies', action: 'dynamodb:UpdateItem' },
      { holder: 'Ingestprogressrecordprogress', action: 'dynamodb:UpdateItem' },
    )
    const dock = await dockByHand(t, backend)
    const { id } = await dock.askListing()
    await dock.answerListing(await dock.hear())
    // An end comes with the answers, and what is on the way by itself.
    for (const status of ['ok', 'file_uploading'])
      await dock.publish(dock.topics.events, {
        bid: id,
        data: { output: { status, ext: { files: [] } } },
      })
    await backend.letterIn(/replies.*DeadLetters/i)
    await backend.letterIn(/progress.*DeadLetters/i)
    await backend.assertMissed('dynamodb:UpdateItem')
  })

  await t.test('by the rules that hand on what docks say', async (t) => {
    const backend = await openWithout(
      t,
      { holder: 'IngestdockReplies', action: 'sqs:SendMessage', on: /IngestrepliesQueue/ },
      { holder: 'IngestdockProgress', action: 'sqs:SendMessage', on: /IngestprogressQueue/ },
    )
    const dock = await dockByHand(t, backend)
    await dock.publish(dock.topics.servicesReply, { tid: 'x', data: { result: 0 } })
    await dock.publish(dock.topics.events, { data: { output: { ext: { files: [] } } } })
    await backend.letterIn(/IngestRuleFailures/, 2)
  })

  await t.test('by the rule that hands on what arrives in storage', async (t) => {
    const backend = await openWithout(t, { holder: 'IngestarchivesQueuePolicy', action: 'sqs:SendMessage' })
    const dock = await simulatedDock(t, backend)
    await dock.list()
    await dock.start()
    await backend.letterIn(/archives.*DeadLetters/i)
  })

  await t.test('by a dock that may not upload', async (t) => {
    const backend = await openWithout(t, { holder: 'UploadsUploadRole', action: 's3:PutObject' })
    const dock = await simulatedDock(t, backend)
    await dock.list()
    const { id } = await dock.start()
    const { failure } = await dock.uploadUntil(id, 'failed')
    assert.equal(failure?.code, 324019)
  })

  await t.test('by the sweep', async (t) => {
    const backend = await openWithout(t, { holder: 'Upkeepsweepuploads', action: 'dynamodb:Query' })
    await backend.tick()
    await backend.assertLogged(/sweepuploads.*AccessDeniedException/i)
  })
})
