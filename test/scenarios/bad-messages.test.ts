import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import mqtt from 'mqtt'
import { page } from '../../lambdas/http/shapes.ts'
import { RejectedMessage } from '../../lambdas/rejected/shapes.ts'
import { type DockByHand, dockByHand } from '../support/dock-by-hand.ts'
import { progressPayload, replyPayload } from '../support/dock-messages.ts'
import { type Backend, newDockSn, shareBackend } from '../support/story.ts'

const shared = shareBackend()

const rejectedOf = async (backend: Backend, source: string) =>
  page(RejectedMessage).parse(await backend.must('GET', `/v1/rejected-messages?source=${source}`)).items

const method = 'fileupload_progress'
const file = (more: object) => ({
  module: '3',
  progress: { status: 'file_zip', progress: 50, current_step: 2 },
  ...more,
})

type Topic = 'servicesReply' | 'events'

/** What cannot be understood, and what is then said of it: reason and place. */
const senseless: [string, Topic, unknown, reason: string, path: string][] = [
  ['what is not JSON', 'events', '{"method":"fileupload_progress",', 'notJson', ''],
  ['bytes', 'servicesReply', Buffer.from([0xff, 0x00, 0xfe]), 'notJson', ''],
  ['a list', 'events', [1, 2], 'notAnObject', ''],
  ['data that is a number', 'events', { method, data: 7 }, 'noData', 'data'],
  [
    'files that are a text',
    'events',
    { method, data: { output: { ext: { files: 'all' } } } },
    'filesNotAList',
    'data.output.ext.files',
  ],
  ['a report of nothing', 'events', { method, data: { output: {} } }, 'nothingReported', 'data.output'],
  [
    'a reply to nothing',
    'servicesReply',
    { method: 'fileupload_list', data: { result: 0 } },
    'noCommandId',
    'tid',
  ],
  [
    'a reply that says nothing',
    'servicesReply',
    { tid: 'x', method: 'fileupload_start', data: { output: {} } },
    'noResult',
    'data.result',
  ],
]

test('a message that makes no sense is shown, and changes nothing', async (t) => {
  const backend = await shared(t)
  const dock = await dockByHand(t, backend)
  const { upload, command } = await dock.startUpload()
  await dock.answer(command, { result: 0 })
  const before = await dock.uploadUntil(upload.id, 'accepted')

  for (const [what, topic, payload, reason, path] of senseless)
    await t.test(what, async () => {
      await dock.publish(dock.topics[topic], payload)
      const rows = await backend.until(
        () => rejectedOf(backend, dock.dockSn),
        (rows) => rows.some((row) => row.reason === reason && row.path === path),
      )
      assert(rows.every(({ source }) => source === dock.dockSn))
      assert.deepEqual(await dock.upload(upload.id), before)
    })

  await t.test('and twice is counted, without its secrets', async () => {
    const secret = { method, data: 7, security_token: 'hush' }
    await dock.publish(dock.topics.events, secret)
    const rows = await backend.until(
      () => rejectedOf(backend, dock.dockSn),
      (rows) => rows.some(({ reason, count }) => reason === 'noData' && count === 2),
    )
    assert(!JSON.stringify(rows).includes('hush'))
  })
})

/**
 * Says something and waits until what came before it is handled: a message after it, of which an effect is
 * seen.
 */
const sayThenAdvance = async (dock: DockByHand, topic: string, payload: unknown, step: number) => {
  const { upload, command } = await dock.startUpload()
  await dock.answer(command, { result: 0 })
  await dock.publish(topic, payload)
  await dock.report(command, { status: 'file_pull', step: 1, percent: step })
  // The strange message may have begun the upload by itself, and be recorded before the report.
  return dock.uploadUntil(upload.id, ({ archives: [archive] }) => (archive?.percent ?? 0) > 0)
}

test('a message that is not about ours moves nothing of ours', async (t) => {
  const backend = await shared(t)

  const others: [string, Topic, (dock: DockByHand) => unknown][] = [
    [
      'an answer to a command that nobody sent',
      'servicesReply',
      () => replyPayload(randomUUID(), { result: 325009 }),
    ],
    [
      'another method',
      'events',
      () => ({ method: 'flighttask_progress', data: { output: { status: 'failed' } } }),
    ],
    [
      'an archive of another platform',
      'events',
      () =>
        progressPayload(
          randomUUID(),
          [file({ key: 'other/dock.tar', progress: { status: 'failed', result: 1 } })],
          'failed',
        ),
    ],
    [
      'an archive of another dock',
      'events',
      () =>
        progressPayload(
          randomUUID(),
          [
            file({
              key: `default/${newDockSn()}/2026-01-01/${randomUUID()}/dock.tar`,
              progress: { status: 'failed', result: 1 },
            }),
          ],
          'failed',
        ),
    ],
    [
      'fields of wrong types',
      'events',
      ({ dockSn }) => ({
        method,
        gateway: dockSn,
        data: {
          output: {
            status: 7,
            ext: {
              files: [1, 'x', null, file({ size: -1, progress: { status: ['ok'], progress: 'half' } })],
            },
          },
        },
      }),
    ],
  ]
  for (const [what, topic, payload] of others)
    await t.test(what, async (t) => {
      const dock = await dockByHand(t, backend)
      const { archives } = await sayThenAdvance(dock, dock.topics[topic], payload(dock), 30)
      assert.deepEqual(
        archives.map(({ percent, failure }) => [percent, failure]),
        [[10, undefined]],
      )
    })

  await t.test('a dock that speaks on another dock’s topic speaks for that one', async (t) => {
    const dock = await dockByHand(t, backend)
    const { upload, command } = await dock.startUpload()
    const stranger = newDockSn()
    await dock.publish(
      dock.topics.events.replace(dock.dockSn, stranger),
      progressPayload(command.bid, [file({})]),
    )
    await backend.until(
      () => rejectedOf(backend, stranger),
      (rows) => rows.some(({ reason }) => reason === 'unknownUpload'),
    )
    assert.equal((await dock.upload(upload.id)).state, 'requested')
  })

  await t.test('progress of an upload that is none is shown', async (t) => {
    const dock = await dockByHand(t, backend)
    await dock.publish(dock.topics.events, progressPayload(randomUUID(), [file({})]))
    const [row] = await backend.until(
      () => rejectedOf(backend, dock.dockSn),
      ({ length }) => length > 0,
    )
    assert.deepEqual([row?.reason, row?.path], ['unknownUpload', 'bid'])
  })

  await t.test('a gateway that contradicts the topic is ignored: the topic speaks', async (t) => {
    const dock = await dockByHand(t, backend)
    const { upload, command } = await dock.startUpload()
    await dock.answer(command, { result: 0 })
    await dock.publish(dock.topics.events, {
      ...progressPayload(command.bid, [file({})]),
      gateway: newDockSn(),
    })
    await dock.uploadUntil(upload.id, 'uploading')
  })

  await t.test('a message over 128 KiB is refused by the broker, and the next is heard', async (t) => {
    const dock = await dockByHand(t, backend)
    const client = await mqtt.connectAsync(backend.mqttUrl, { reconnectPeriod: 0 })
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()))
    client.publish(dock.topics.events, `{"method":"${method}","x":"${'x'.repeat(128 * 1024)}"}`, { qos: 1 })
    await closed
    const { percent } = (await sayThenAdvance(dock, dock.topics.events, {}, 60)).archives[0] ?? {}
    assert.equal(percent, 20)
    assert.deepEqual(await rejectedOf(backend, dock.dockSn), [])
  })
})

test('sizes that no number can hold together do not keep a dock from uploading', async (t) => {
  const backend = await shared(t)
  const dock = await dockByHand(t, backend)
  const list = [1, 2].map((boot_index) => ({ boot_index, size: Number.MAX_SAFE_INTEGER }))
  const asked = dock.list(['dock'])
  await dock.answer(await dock.hear(), { result: 0, files: [{ module: '3', result: 0, list }] })
  assert.equal((await asked).state, 'received')
  const { archives } = await dock.start([{ module: 'dock', bootIndexes: [1, 2] }])
  assert.deepEqual(
    archives.map(({ bootIndexes }) => bootIndexes),
    [[1, 2]],
  )
})
