import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { commandStore } from '../../../lambdas/logs/commands.ts'
import { listingState } from '../../../lambdas/logs/listings/store.ts'
import { newId } from '../../../lambdas/runtime/new-id.ts'
import { wireBackend } from '../../support/backend.ts'
import { batchOf, queued, replyPayload } from '../../support/dock-messages.ts'
import { openTable } from '../../support/table.ts'
import { opened } from '../../support/upload-facts.ts'

describe('a reply', () => {
  const world = openTable()
  let docks = 0

  const openUpload = async () => {
    const backend = wireBackend(world.table)
    docks += 1
    const upload = await backend.open(`DOCK${docks}`)
    const send = (payload: unknown, at = 100, dockSn = upload.dockSn) =>
      backend.replies(batchOf(queued({ dockSn, payload, receivedAt: opened + at })))
    const view = () => backend.view(upload.dockSn, upload.id)
    return { backend, upload, send, view }
  }

  it('accepts an upload', async () => {
    const { upload, send, view } = await openUpload()
    assert.deepEqual(await send(replyPayload(upload.commandId, { result: 0 })), [])
    assert.equal((await view()).state, 'accepted')
  })

  it('refuses an upload, and frees the dock', async () => {
    const { backend, upload, send, view } = await openUpload()
    await send(replyPayload(upload.commandId, { result: 325007 }))
    assert.deepEqual([(await view()).state, (await view()).failure?.code], ['rejected', 325007])
    assert.equal((await backend.docks.find(upload.dockSn, 'all'))?.activeUpload, undefined)
  })

  it('refuses in words, although its result code is 0', async () => {
    const refusal = { result: 0, output: { status: 'rejected' } }
    const { backend, upload, send, view } = await openUpload()
    await send(replyPayload(upload.commandId, refusal))
    assert.deepEqual([(await view()).state, (await view()).failure?.code], ['rejected', 'rejected'])
    assert.equal((await backend.docks.find(upload.dockSn, 'all'))?.activeUpload, undefined)

    const other = await openUpload()
    const commandId = newId(opened)
    const cancel = { id: commandId, kind: 'cancel' as const, subject: other.upload.id }
    await commandStore(world.table).add(other.upload.dockSn, cancel, opened)
    await other.send(replyPayload(commandId, refusal, 'fileupload_update'))
    assert.deepEqual([(await other.view()).state, (await other.view()).cancelFailure?.code], ['requested', 0])
  })

  it('that came first counts, whichever is processed first', async () => {
    for (const order of [
      [100, 200],
      [200, 100],
    ]) {
      const { upload, send, view } = await openUpload()
      for (const at of order)
        await send(replyPayload(upload.commandId, { result: at === 100 ? 0 : 325009 }), at)
      assert.equal((await view()).state, 'accepted')
    }
  })

  it('to a cancel ends nothing, and shows if the dock refuses', async () => {
    const { upload, send, view } = await openUpload()
    const commandId = newId(opened)
    const command = { id: commandId, kind: 'cancel' as const, subject: upload.id }
    await commandStore(world.table).add(upload.dockSn, command, opened)
    await send(replyPayload(commandId, { result: 325003 }, 'fileupload_update'))
    assert.deepEqual([(await view()).state, (await view()).cancelFailure?.code], ['requested', 325003])
  })

  const askForListing = async () => {
    const { backend, upload, send } = await openUpload()
    const { dockSn } = upload
    const dock = await backend.docks.find(dockSn, 'all')
    assert.ok(dock)
    const id = newId(opened)
    const times = { createdAt: opened, deadlineAt: opened + 30_000 }
    await backend.listings.open(dock, { id, ...times, modules: ['dock'], requestedBy: 'ann' }, undefined)
    return { backend, dockSn, id, send }
  }

  it('to a request for a listing fills it', async () => {
    const { backend, dockSn, id, send } = await askForListing()
    const files = [
      { module: '3', result: 0, list: [{ boot_index: 321, start_time: 1, end_ime: 2, size: 3 }] },
    ]
    await send(replyPayload(id, { result: 0, files }, 'fileupload_list'))
    assert.deepEqual(
      (await backend.listings.logs(dockSn)).map(({ logs }) => logs),
      [[{ bootIndex: 321, startTime: 1000, endTime: 2000, sizeBytes: 3 }]],
    )
  })

  it('that refuses a listing in words fills nothing', async () => {
    const { backend, dockSn, id, send } = await askForListing()
    const refusal = { result: 0, output: { status: 'rejected' }, files: {} }
    await send(replyPayload(id, refusal, 'fileupload_list'))
    const listing = await backend.listings.get(dockSn, id)
    assert.equal(listing && listingState(listing, opened), 'failed')
  })

  it('of another dock answers nothing, though it names the command', async () => {
    const { upload, send, view } = await openUpload()
    assert.deepEqual(await send(replyPayload(upload.commandId, { result: 0 }), 100, 'STRANGER'), [])
    assert.equal((await view()).state, 'requested')
  })

  it('to a command that is not ours is neither an error nor a rejected message', async () => {
    const { backend, upload, send, view } = await openUpload()
    assert.deepEqual(await send(replyPayload('someone-elses', { result: 0 })), [])
    assert.equal((await view()).state, 'requested')
    assert.deepEqual((await backend.rejected.list(upload.dockSn, 'all', {})).items, [])
  })

  it('that cannot be understood is kept as a rejected message, and not retried', async () => {
    const { backend, upload, send } = await openUpload()
    assert.deepEqual(await send({ method: 'fileupload_start', tid: 't', data: {} }), [])
    const { items } = await backend.rejected.list(upload.dockSn, 'all', {})
    assert.deepEqual(
      items.map((row) => row.reason),
      ['noResult'],
    )
  })
})
