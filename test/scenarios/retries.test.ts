import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Download, LentCredentials } from '../../lambdas/logs/shapes.ts'
import { createClock } from '../../local/clock.ts'
import type { Faults } from '../../simulator/dock/faults.ts'
import { dockByHand } from '../support/dock-by-hand.ts'
import { allLogs, type UploadView } from '../support/operator.ts'
import { problemOf } from '../support/problem.ts'
import { put, s3AsDock } from '../support/s3-as-dock.ts'
import { type SimulatedDock, simulatedDock } from '../support/simulated-dock.ts'
import { type Backend, onlyLocal, orDeployed, shareLocal } from '../support/story.ts'

const clock = createClock()
const shared = shareLocal({ clock })

const minutes = (n: number) => n * 60_000

/** A dock that has listed its logs and has these faults from then on. */
const faultyDock = async (t: TestContext, backend: Backend, faults: Faults) => {
  const dock = await simulatedDock(t, backend)
  await dock.list()
  await dock.device.setFaults(faults)
  return dock
}

const contentOf = ({ archives }: UploadView): string[] =>
  archives.map(({ module, bootIndexes }) => `${module} ${bootIndexes.join()}`)
const doneOf = ({ history = [] }: UploadView): string[] => history.map(({ by, action }) => `${by} ${action}`)
const archivePath = (dock: { path: string }, id: string): string =>
  `${dock.path}/log-uploads/${id}/archives/dock`

test('what did not arrive is tried again by an operator', async (t) => {
  const backend = await orDeployed(shared)(t)

  await t.test('for the archives that are missing, with credentials of its own', async (t) => {
    const dock = await faultyDock(t, backend, { aircraftOff: true })
    const first = await dock.start(allLogs)
    await dock.uploadUntil(first.id, ({ archives }) => archives[1]?.state === 'verified')
    await dock.device.setFaults({})
    const second = await dock.retry(first.id)
    assert.deepEqual(contentOf(second), ['aircraft 1,2'])
    assert.deepEqual([second.attempt, second.retryOf, second.startedAs], [2, first.id, 'retry'])
    await dock.uploadUntil(second.id, 'verified')
    const { state, latestTry, retriedBy } = await dock.upload(first.id)
    assert.deepEqual([state, latestTry, retriedBy], ['partial', second.id, second.id])
    const nothing = await backend.api('POST', `${dock.path}/log-uploads/${first.id}/retry`, {})
    assert.equal(problemOf(nothing), '409 nothing-to-retry')
  })

  await t.test('from the first, however many tries it takes', async (t) => {
    const dock = await faultyDock(t, backend, { networkFailure: 0 })
    const first = await dock.start()
    await dock.uploadUntil(first.id, 'failed')
    const second = await dock.retry(first.id)
    await dock.uploadUntil(second.id, 'failed')
    await dock.device.setFaults({})
    const third = await dock.retry(first.id)
    await dock.uploadUntil(third.id, 'verified')
    assert.deepEqual([third.attempt, (await dock.upload(first.id)).latestTry], [3, third.id])
  })
})

test('credentials that are lent once more bring an archive into storage', async (t) => {
  const backend = await orDeployed(shared)(t)
  const dock = await dockByHand(t, backend)
  const { upload, command } = await dock.startUpload()
  await dock.answer(command, { result: 0 })
  const path = `${dock.path}/log-uploads/${upload.id}/credentials`
  const answer = await backend.api('POST', path)
  assert.deepEqual([answer.status, answer.headers.get('cache-control')], [200, 'no-store'])
  const { storage, credentials, objectKeys } = LentCredentials.parse(answer.body)
  const client = s3AsDock(t, { ...storage, credentials })
  await put(client, { bucket: storage.bucket, keys: objectKeys }, 'by hand')
  await assert.rejects(put(client, { bucket: storage.bucket, keys: objectKeys }, 'x', 'another/key.tar'), {
    name: 'AccessDenied',
  })
  await dock.report(command, { status: 'ok', percent: 100, step: 3, size: 7 })
  const { history } = await dock.uploadUntil(upload.id, 'verified')
  assert.equal(history?.at(-1)?.action, 'credentials')
  assert.equal(problemOf(await backend.api('POST', path)), '409 upload-ended')
})

test('an archive that an administrator deletes is gone', async (t) => {
  const backend = await orDeployed(shared)(t)
  const dock = await simulatedDock(t, backend)
  await dock.list()
  const { id } = await dock.start()
  await dock.uploadUntil(id, 'verified')
  const archive = archivePath(dock, id)
  const { url } = Download.parse(await backend.must('GET', `${archive}/download`))
  for (const _ of ['once', 'again']) {
    const answer = await backend.api('DELETE', archive)
    assert.deepEqual([answer.status, answer.body], [204, undefined])
  }
  assert.equal((await fetch(url)).status, 404)
  assert.equal(problemOf(await backend.api('GET', `${archive}/download`)), '410 archive-expired')
  const { state, archives, history, requestedBy } = await dock.upload(id)
  assert.deepEqual(
    [state, archives[0]?.deletedBy, archives[0]?.verification],
    ['verified', requestedBy, 'verified'],
  )
  assert.equal(history?.filter(({ action }) => action === 'delete dock').length, 1)
})

test('what did not arrive is tried again by itself', { skip: onlyLocal }, async (t) => {
  const backend = await shared(t)
  /**
   * Lets time pass, and with it the schedule come by. Less than 15 minutes in all: storage refuses docks
   * whose clock is further off.
   */
  const pass = async (ms: number) => {
    await backend.idle()
    clock.advance(ms)
    await backend.idle()
  }
  const newest = async (dock: SimulatedDock): Promise<UploadView> => {
    const [upload] = await dock.uploads()
    assert(upload)
    return dock.upload(upload.id)
  }
  /** The upload after `id`, once the clock has started it. */
  const successorOf = async (dock: SimulatedDock, id: string): Promise<UploadView> => {
    const { retriedBy = '' } = await dock.uploadUntil(id, ({ retriedBy }) => retriedBy !== undefined)
    return dock.upload(retriedBy)
  }

  await t.test('in halves, where the dock could not pack so many logs at once', async (t) => {
    const dock = await faultyDock(t, backend, { tooManyLogs: 2 })
    const first = await dock.start([
      { module: 'aircraft', bootIndexes: [1] },
      { module: 'dock', bootIndexes: [1, 2, 3] },
    ])
    await dock.uploadUntil(first.id, ({ nextTry }) => nextTry?.kind === 'half')
    await pass(minutes(1))
    const half = await successorOf(dock, first.id)
    assert.deepEqual([contentOf(half), half.retryOf, half.partsLeft], [['dock 1,2'], first.id, 1])
    await dock.uploadUntil(half.id, 'verified')
    await pass(minutes(1))
    const rest = await successorOf(dock, half.id)
    assert.deepEqual([contentOf(rest), rest.retryOf, rest.startedAs], [['dock 3'], first.id, 'part'])
    await dock.uploadUntil(rest.id, 'verified')
  })

  for (const [what, faults] of [
    ['a network that failed', { networkFailure: 0 }],
    ['credentials that were refused', { expiredCredentials: true }],
    ['a dock that restarted', { restartMidUpload: 'reported' }],
  ] satisfies [string, Faults][])
    await t.test(`after ${what}, until it arrives`, async (t) => {
      const dock = await faultyDock(t, backend, faults)
      const first = await dock.start(allLogs, { retries: 3 })
      await dock.uploadUntil(first.id, ({ nextTry }) => nextTry?.kind === 'retry')
      await pass(minutes(1))
      const second = await successorOf(dock, first.id)
      await dock.uploadUntil(second.id, 'failed')
      await dock.device.setFaults({})
      await pass(minutes(2))
      const third = await successorOf(dock, second.id)
      await dock.uploadUntil(third.id, 'verified')
      assert.deepEqual([third.attempt, third.retryOf, third.retriesLeft], [3, first.id, 1])
      assert.deepEqual(doneOf(await dock.upload(first.id)).slice(1), [
        `groundcrew retry ${second.id}`,
        `groundcrew retry ${third.id}`,
      ])
    })

  await t.test('not without being asked to', async (t) => {
    const dock = await faultyDock(t, backend, { networkFailure: 0 })
    const { id } = await dock.start()
    await dock.uploadUntil(id, 'failed')
    await pass(minutes(2))
    assert.equal((await newest(dock)).id, id)
  })

  await t.test('not after a cancel, though tries were left', async (t) => {
    const dock = await faultyDock(t, backend, { networkFailure: 0 })
    const { id } = await dock.start(allLogs, { retries: 3 })
    await dock.uploadUntil(id, ({ nextTry }) => nextTry !== undefined)
    assert.equal((await dock.cancel(id)).nextTry, undefined)
    await pass(minutes(2))
    assert.equal((await newest(dock)).id, id)
  })
})
