import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { createClock } from '../../local/clock.ts'
import type { Faults } from '../../simulator/dock/faults.ts'
import { dockByHand } from '../support/dock-by-hand.ts'
import { allLogs, type UploadView } from '../support/operator.ts'
import { simulatedDock } from '../support/simulated-dock.ts'
import { type Backend, onlyLocal, orDeployed, shareLocal } from '../support/story.ts'

const clock = createClock()
const shared = shareLocal({ clock })

const seconds = (n: number) => n * 1000
const minutes = (n: number) => n * 60_000

/** A dock that listed its logs in good order and has these faults from then on. */
const faultyDock = async (
  t: TestContext,
  backend: Backend,
  faults: Faults,
  options: Parameters<typeof simulatedDock>[2] = {},
) => {
  const dock = await simulatedDock(t, backend, options)
  await dock.list()
  await dock.device.setFaults(faults)
  return dock
}

/** A dock of which only a cancel ends an upload that has begun: its next step is an hour away. */
const slowDock = async (t: TestContext, backend: Backend) => {
  const dock = await faultyDock(t, backend, {}, { sizes: [2 * 1024 * 1024] })
  dock.device.events.on('progress', ({ status }) => {
    if (status === 'file_uploading') dock.device.setPace(60 * minutes(1))
  })
  return dock
}

/** How an upload ended and how each archive did, as an operator reads it. */
const summary = ({ state, failure, archives }: UploadView) => ({
  state,
  code: failure?.code,
  archives: archives.map(({ module, state, verification }) => `${module} ${verification ?? state}`),
})

const told: [string, Faults, ReturnType<typeof summary>][] = [
  [
    'whose aircraft is off delivers its own logs',
    { aircraftOff: true },
    { state: 'partial', code: 324015, archives: ['aircraft failed', 'dock verified'] },
  ],
  [
    'whose network fails says so',
    { networkFailure: 0 },
    { state: 'failed', code: 324019, archives: ['aircraft failed', 'dock failed'] },
  ],
  [
    'whose credentials are refused says so',
    { expiredCredentials: true },
    { state: 'failed', code: 324019, archives: ['aircraft failed', 'dock failed'] },
  ],
  [
    'that restarts says so when it is back',
    { restartMidUpload: 'reported' },
    { state: 'failed', code: 324021, archives: ['aircraft failed', 'dock failed'] },
  ],
  [
    'that uploads half of each archive is caught',
    { uploadHalf: true },
    { state: 'uploaded', code: 'sizeDiffers', archives: ['aircraft sizeDiffers', 'dock sizeDiffers'] },
  ],
  [
    'that tells another size is caught',
    { wrongSize: true },
    { state: 'uploaded', code: 'sizeDiffers', archives: ['aircraft sizeDiffers', 'dock sizeDiffers'] },
  ],
  [
    'that tells another fingerprint is caught',
    { wrongFingerprint: true },
    {
      state: 'uploaded',
      code: 'checksumDiffers',
      archives: ['aircraft checksumDiffers', 'dock checksumDiffers'],
    },
  ],
  ...(['noReply', 'unknownStatus', 'earlyTwin'] as const).map((fault): (typeof told)[number] => [
    `with the fault ${fault} delivers all the same`,
    { [fault]: true },
    { state: 'verified', code: undefined, archives: ['aircraft verified', 'dock verified'] },
  ]),
  [
    'that answers late delivers all the same',
    { lateReply: 50 },
    { state: 'verified', code: undefined, archives: ['aircraft verified', 'dock verified'] },
  ],
]

test('a dock', async (t) => {
  const backend = await orDeployed(shared)(t)
  for (const [what, faults, wanted] of told)
    await t.test(what, async (t) => {
      const dock = await faultyDock(t, backend, faults)
      const { id } = await dock.start(allLogs)
      const upload = await dock.uploadUntil(
        id,
        (one) => JSON.stringify(summary(one)) === JSON.stringify(wanted),
      )
      if (upload.failure) assert(upload.failure.advice.length > 20)
      assert.equal((await dock.dock()).activeUpload, undefined)
    })

  await t.test('whose aircraft is off lists its own logs, and says what to do', async (t) => {
    const dock = await simulatedDock(t, backend, { faults: { aircraftOff: true } })
    const { state, modules } = await dock.list()
    assert.equal(state, 'received')
    const [aircraft, own] = modules
    assert.deepEqual([aircraft?.failure?.code, aircraft?.logs], [324015, []])
    assert.match(aircraft?.failure?.advice ?? '', /power it on/)
    assert.deepEqual([own?.failure, own?.logs.length], [undefined, 3])
  })

  await t.test('that is told to stop in the middle of an upload stops', async (t) => {
    const dock = await slowDock(t, backend)
    const { id } = await dock.start([{ module: 'dock', bootIndexes: [1] }])
    await dock.uploadUntil(id, ({ archives: [archive] }) => archive?.step === 'uploading')
    await dock.cancel(id)
    const upload = await dock.uploadUntil(id, 'canceled')
    assert(upload.cancelRequestedAt)
    const late = await backend.api('POST', `${dock.path}/log-uploads/${id}/cancel`, {})
    assert.equal(late.status, 409)
  })

  await t.test('that has not stopped yet is told again', async (t) => {
    const dock = await dockByHand(t, backend)
    const { upload, command } = await dock.startUpload()
    await dock.answer(command, { result: 0 })
    for (const _ of ['once', 'again']) {
      const [, told] = await Promise.all([dock.cancel(upload.id), dock.hear()])
      assert.equal(told.method, 'fileupload_update')
      await dock.answer(told, { result: 0 })
    }
    await dock.report(command, { status: 'canceled' })
    const { history } = await dock.uploadUntil(upload.id, 'canceled')
    assert.deepEqual(
      history?.map(({ action }) => action),
      ['start', 'cancel', 'cancel'],
    )
  })
})

test('time tells what a dock does not', { skip: onlyLocal }, async (t) => {
  const backend = await shared(t)
  /** Lets a minute or more pass, and with it the schedule come by. */
  const pass = async (ms: number) => {
    await backend.idle()
    clock.advance(ms)
    await backend.idle()
  }

  await t.test('an upload that never took place is missing', async (t) => {
    const dock = await faultyDock(t, backend, { sayOkUploadNothing: true })
    const { id } = await dock.start()
    await dock.uploadUntil(id, 'uploaded')
    await pass(minutes(4))
    assert.equal((await dock.upload(id)).state, 'uploaded')
    await pass(minutes(1))
    assert.deepEqual(summary(await dock.upload(id)), {
      state: 'missing',
      code: 'missing',
      archives: ['dock absent'],
    })
  })

  await t.test('an archive that the dock calls by another name is never verified', async (t) => {
    const dock = await faultyDock(t, backend, { wrongKey: true })
    const idle = once(dock.device.events, 'idle')
    const { id, deadlineAt } = await dock.start()
    await idle
    await dock.uploadUntil(id, 'uploading')
    // The object may be known before the reports are.
    await backend.idle()
    assert.equal(
      (await dock.dock()).foreignExport,
      undefined,
      'what the dock calls by another name has ended',
    )
    await pass(Date.parse(deadlineAt) - clock.now())
    assert.deepEqual(summary(await dock.upload(id)), {
      state: 'uploaded',
      code: undefined,
      archives: ['dock uploaded'],
    })
  })

  for (const [what, faults, lastStep] of [
    ['stuck', { stuck: true }, 'uploading'],
    ['silent after a restart', { restartMidUpload: 'silent' }, undefined],
  ] satisfies [string, Faults, string | undefined][])
    await t.test(`an upload that is ${what} is stalled, then timed out`, async (t) => {
      const dock = await faultyDock(t, backend, faults)
      const restarted = lastStep ? undefined : once(dock.device.events, 'idle')
      const { id, deadlineAt } = await dock.start()
      await restarted
      await dock.uploadUntil(
        id,
        ({ state, archives: [archive] }) =>
          state === 'uploading' && (!lastStep || archive?.step === lastStep),
      )
      assert.equal((await dock.upload(id)).stalledSince, undefined)
      await pass(minutes(10))
      assert((await dock.upload(id)).stalledSince)
      await pass(Date.parse(deadlineAt) - clock.now())
      assert.deepEqual(summary(await dock.upload(id)), {
        state: 'timedOut',
        code: 'timedOut',
        archives: ['dock timedOut'],
      })
      assert.equal((await dock.dock()).activeUpload, undefined)
    })

  await t.test('a listing without an answer is timed out, and a late answer still counts', async (t) => {
    const dock = await simulatedDock(t, backend, { faults: { noReply: true } })
    const { id } = await dock.askListing()
    clock.advance(seconds(31))
    const read = async () => JSON.stringify(await backend.must('GET', `${dock.path}/log-listings/${id}`))
    await backend.until(read, (listing) => /"timedOut".*"noAnswer"/.test(listing))
    await dock.device.setFaults({ lateReply: 500 })
    const late = await dock.askListing()
    clock.advance(seconds(31))
    const again = async () =>
      JSON.stringify(await backend.must('GET', `${dock.path}/log-listings/${late.id}`))
    await backend.until(again, (listing) => listing.includes('"received"'))
  })

  await t.test('a dock that must be free is told to stop', async (t) => {
    const dock = await slowDock(t, backend)
    const finishBy = new Date(clock.now() + minutes(2)).toISOString()
    const { id } = await dock.start([{ module: 'dock', bootIndexes: [1] }], { finishBy })
    await dock.uploadUntil(id, ({ archives: [archive] }) => archive?.step === 'uploading')
    await pass(minutes(2))
    const { history } = await dock.uploadUntil(id, 'canceled')
    assert.deepEqual(history?.map(({ by, action }) => `${by} ${action}`).slice(1), ['groundcrew cancel'])
  })
})
