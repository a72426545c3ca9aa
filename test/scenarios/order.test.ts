import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { createClock } from '../../local/clock.ts'
import { dockByHand } from '../support/dock-by-hand.ts'
import { allLogs } from '../support/operator.ts'
import { simulatedDock } from '../support/simulated-dock.ts'
import { onlyLocal, orDeployed, shareLocal } from '../support/story.ts'

const clock = createClock()
const shared = shareLocal({ clock })

test('messages that come twice, late and out of order tell the same', { skip: onlyLocal }, async (t) => {
  const chaos = { seed: 7, duplicate: 0.5, delay: 0.5, delayMs: 400, reorder: true }
  const backend = await shared(t)
  t.after(backend.faults.disturbQueues(chaos))
  const faults = { duplicates: true, reorder: true, earlyTwin: true }
  const docks = await Promise.all([1, 2, 3].map(() => simulatedDock(t, backend, { faults })))
  for (const dock of docks) {
    await dock.list()
    const { id } = await dock.start(allLogs)
    const verified = await dock.uploadUntil(id, 'verified')
    assert.deepEqual(
      verified.archives.map(({ fingerprint }) => fingerprint).toSorted(),
      dock.device.archives.map(({ md5 }) => md5).toSorted(),
    )
  }
  assert.deepEqual(backend.deadLetters(), [])
})

for (const protocolVersion of [4, 5] as const)
  test(`a dock of MQTT ${protocolVersion} that was away starts nothing that is out of date`, {
    skip: onlyLocal,
  }, async (t) => {
    const backend = await shared(t)
    const dock = await simulatedDock(t, backend, { protocolVersion })
    await dock.list()
    const gone = once(dock.device.events, 'offline')
    dock.device.goOffline()
    await gone
    const { id } = await dock.start()
    clock.advance(16_000)
    const { state, failure } = await dock.upload(id)
    assert.deepEqual([state, failure?.code], ['timedOut', 'noAnswer'])
    assert.equal((await dock.dock()).activeUpload, undefined)

    const next = await dock.start()
    const heard: unknown[] = []
    dock.device.events.on('command', (command) => heard.push(command))
    await dock.device.comeBack()
    await dock.uploadUntil(next.id, 'verified')
    assert.deepEqual(heard, [{ method: 'fileupload_start', result: 0 }])
    assert.equal((await dock.upload(id)).state, 'timedOut')
  })

test('what another platform has the dock upload moves nothing of ours', async (t) => {
  const backend = await orDeployed(shared)(t)
  // So slow that the other platform's export goes on when ours is asked for, however busy the machine is.
  const dock = await simulatedDock(t, backend, { pace: 500 })
  await dock.list()
  await dock.device.setFaults({ foreignExport: true })
  const { id } = await dock.start()
  const { failure } = await dock.uploadUntil(id, 'rejected')
  assert.deepEqual([failure?.code, failure?.retryable], [325009, true])
  const seen = await backend.until(dock.dock, ({ foreignExport }) => foreignExport !== undefined)
  assert.match(seen.foreignExport?.objectKey ?? '', /^another-platform\//)
  assert.equal(seen.activeUpload, undefined)
  const { archives } = await dock.upload(id)
  assert.deepEqual(
    archives.map(({ state, percent }) => [state, percent]),
    [['rejected', 0]],
  )
})

test('a late report of one upload never touches the next', async (t) => {
  const backend = await orDeployed(shared)(t)
  const dock = await dockByHand(t, backend)
  const first = await dock.startUpload()
  await dock.answer(first.command, { result: 0 })
  await dock.report(first.command, { status: 'file_pull', percent: 50 })
  await dock.report(first.command, { status: 'failed', result: 324018 })
  const before = await dock.uploadUntil(first.upload.id, 'failed')

  const second = await dock.startUpload()
  await dock.answer(second.command, { result: 0 })
  const accepted = await dock.uploadUntil(second.upload.id, 'accepted')
  await dock.report(first.command, { status: 'file_uploading', step: 3, percent: 90 })
  await dock.report(first.command, { status: 'ok', step: 3, percent: 100 })
  await dock.report(second.command, { status: 'file_pull', percent: 10 })
  const { archives } = await dock.uploadUntil(second.upload.id, 'uploading')
  assert.deepEqual(
    archives.map(({ step, percent }) => [step, percent]),
    [['pulling', 3]],
  )
  assert.equal(accepted.archives[0]?.percent, 0)
  const after = await dock.upload(first.upload.id)
  assert.deepEqual([after.state, after.failure], [before.state, before.failure])
})
