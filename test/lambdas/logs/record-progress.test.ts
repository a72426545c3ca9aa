import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { wireBackend } from '../../support/backend.ts'
import { batchOf, progressPayload, queued, type ReportedFile } from '../../support/dock-messages.ts'
import { openTable } from '../../support/table.ts'
import { opened, seconds } from '../../support/upload-facts.ts'

describe('a report of progress', () => {
  const world = openTable()
  let docks = 0

  const newDock = () => `DOCK${++docks}`
  const openUpload = async (dockSn = newDock()) => {
    const backend = wireBackend(world.table)
    const upload = await backend.open(dockSn)
    const send = (payload: unknown, from = dockSn, at = 1) =>
      backend.progress(batchOf(queued({ dockSn: from, payload, receivedAt: opened + seconds(at) })))
    const rejected = async (source = dockSn) =>
      (await backend.rejected.list(source, 'all', {})).items.map(
        ({ reason, path, count }) => `${reason} ${path} ${count}`,
      )
    const state = async (id = upload.id) => (await backend.view(dockSn, id)).state
    return { backend, upload, dockSn, send, rejected, state }
  }

  const file = (more: Partial<ReportedFile> = {}): ReportedFile => ({
    module: '3',
    progress: { progress: 10, status: 'file_uploading' },
    ...more,
  })
  const ok = { progress: { progress: 100, status: 'ok' } }

  describe('that cannot be understood is kept with its reason, dropped, and never tried again:', () => {
    const cases: [string, unknown, string][] = [
      ['no JSON', 'not { json', 'notJson  1'],
      ['as much as a message can hold', 'x'.repeat(128 * 1024), 'notJson  1'],
    ]
    for (const [name, payload, expected] of cases)
      it(name, async () => {
        const { send, rejected, state } = await openUpload()
        assert.deepEqual(await send(payload), [])
        assert.deepEqual(await rejected(), [expected])
        assert.equal(await state(), 'requested')
      })

    it('its sample is readable, short, and has no secrets', async () => {
      const { backend, send, dockSn } = await openUpload()
      await send(
        `{"method":"fileupload_progress","security_token":"s3cr3t","data":1,"x":"${'y '.repeat(2500)}"}`,
      )
      const [row] = (await backend.rejected.list(dockSn, 'all', {})).items
      assert.match(row?.sample ?? '', /"security_token":"\(removed\)","data":1/)
      assert.equal(row?.sample.length, 1000)
    })
  })

  it('with unexpected types is used for its readable fields', async () => {
    const { backend, upload, dockSn, send } = await openUpload()
    const odd = {
      module: 3,
      key: upload.keyOf('dock'),
      size: 'large',
      fingerprint: { md5: 1 },
      progress: { progress: '50', current_step: '2', total_step: 4, status: 'file_uploading', result: [] },
    }
    assert.deepEqual(
      await send({ method: 'fileupload_progress', data: { output: { ext: { files: [odd, 7, null] } } } }),
      [],
    )
    const [, dock] = (await backend.view(dockSn, upload.id)).archives
    assert.deepEqual([dock?.state, dock?.percent, dock?.sizeBytes], ['uploading', 38, undefined])
  })

  it('about something else is ignored silently', async () => {
    const { send, rejected, state } = await openUpload()
    assert.deepEqual(await send({ method: 'flighttask_progress', data: { output: { status: 'ok' } } }), [])
    assert.deepEqual([await rejected(), await state()], [[], 'requested'])
  })

  it('on a dock’s topic changes nothing of another dock, whatever it names', async () => {
    const { upload, dockSn, send, rejected, state } = await openUpload()
    const stranger = newDock()
    const named = progressPayload(upload.id, [file({ key: upload.keyOf('dock'), device_sn: dockSn })])
    await send(named, stranger)
    await send(progressPayload(upload.id, [file()]), stranger)
    assert.equal(await state(), 'requested')
    assert.deepEqual(await rejected(stranger), ['unknownUpload bid 1'])
  })

  it('is counted for the dock of its topic, whatever gateway it names', async () => {
    const { upload, send, state } = await openUpload()
    await send({ ...progressPayload(upload.id, [file()]), gateway: newDock() })
    assert.equal(await state(), 'uploading')
  })

  it('with a key of another platform changes no upload, and shows on the dock', async () => {
    const { backend, upload, dockSn, send, state } = await openUpload()
    await send(progressPayload(upload.id, [file({ key: 'other/2e742c87.tar' })], 'in_progress'))
    await send(progressPayload(upload.id, [file({ key: 'other/2e742c87.tar', ...ok })], 'ok'), dockSn, 2)
    assert.equal(await state(), 'requested')
    assert.deepEqual((await backend.docks.signs([dockSn]))[0]?.foreign, {
      objectKey: 'other/2e742c87.tar',
      seenAt: opened + seconds(2),
      ended: true,
    })
  })

  it('with the key of an unknown upload changes no other', async () => {
    const { upload, send, rejected, state } = await openUpload()
    const key = upload.keyOf('dock').replace(upload.id, '019b1a2b-3c4d-7e5f-8a6b-7c8d9e0f1a2b')
    await send(progressPayload(upload.id, [file({ key })]))
    assert.equal(await state(), 'requested')
    assert.deepEqual(await rejected(), ['unknownUpload key 1'])
  })

  describe('without a key', () => {
    it('is about the upload that its process id names', async () => {
      const { upload, send, state } = await openUpload()
      await send(progressPayload(upload.id, [file()]))
      assert.equal(await state(), 'uploading')
    })

    it('is about the active upload if the process id names none of ours', async () => {
      for (const bid of ['start', '3f2c0000-0000-4000-8000-000000000000', 7]) {
        const { send, state } = await openUpload()
        await send({ ...progressPayload('', [file()]), bid })
        assert.equal(await state(), 'uploading')
      }
    })

    it('is rejected if the dock has no active upload', async () => {
      const { upload, send, rejected, state } = await openUpload()
      await send(progressPayload(upload.id, [], 'canceled'))
      await send(progressPayload('start', [file()]))
      assert.equal(await state(), 'canceled')
      assert.deepEqual(await rejected(), ['unknownUpload bid 1'])
    })

    it('of an upload that has ended never touches the one that is active now', async () => {
      const first = await openUpload()
      const stopped = [{ module: '0' }, { module: '3' }].map((one) => ({
        ...one,
        progress: { status: 'canceled' },
      }))
      await first.send(progressPayload(first.upload.id, stopped, 'canceled'))
      const second = await openUpload(first.dockSn)
      await first.send(progressPayload(first.upload.id, [file(ok)], 'ok'), first.dockSn, 3)
      await first.send(
        progressPayload(second.upload.id, [file({ key: first.upload.keyOf('dock'), ...ok })], 'ok'),
        first.dockSn,
        4,
      )
      assert.equal(await second.state(), 'requested')
      assert.equal(await first.state(), 'canceled')
    })
  })

  describe('is acknowledged', () => {
    const asking = (bid: string, more: object = { need_reply: 1 }) => ({
      ...progressPayload(bid, [file()]),
      ...more,
    })

    it('if the dock asks for it, once it is recorded, in its own words', async () => {
      const { backend, upload, dockSn, send } = await openUpload()
      const payload = asking(upload.id)
      await send(payload)
      const [message] = backend.published
      assert.equal(message?.topic, `thing/product/${dockSn}/events_reply`)
      assert.deepEqual(JSON.parse(message?.payload ?? ''), {
        tid: payload.tid,
        bid: upload.id,
        timestamp: opened,
        method: 'fileupload_progress',
        data: { result: 0 },
      })
    })

    it('even if it belongs to no upload, so that the dock stops repeating it', async () => {
      const { backend, send } = await openUpload()
      await send(asking('start', { need_reply: 1 }), newDock())
      assert.equal(backend.published.length, 1)
    })

    for (const [name, more] of [
      ['need_reply is 0', { need_reply: 0 }],
      ['need_reply is missing', {}],
      ['it has no id to answer to', { need_reply: 1, tid: '' }],
    ] as const)
      it(`but not if ${name}`, async () => {
        const { backend, upload, send } = await openUpload()
        await send(asking(upload.id, more))
        assert.deepEqual(backend.published, [])
      })
  })
})
