import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { attendDock, type Command, type DockByHand, dockByHand, lentBy } from '../support/dock-by-hand.ts'
import { startProcess } from '../support/local-process.ts'
import { operatorOf } from '../support/operator.ts'
import { put, s3AsDock } from '../support/s3-as-dock.ts'
import { backendAt, onlyLocal, openLocal } from '../support/story.ts'

const temporary = async (t: TestContext): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'groundcrew-data-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** An upload in its middle. */
const halfway = async (dock: DockByHand) => {
  const { upload, command } = await dock.startUpload()
  await dock.answer(command, { result: 0 })
  await dock.report(command, { status: 'file_uploading', step: 3, percent: 50 })
  return { command, upload: await dock.uploadUntil(upload.id, 'uploading') }
}

/** The backend is back: the dock uploads with what it was lent before, and everybody finds what they left. */
const goOn = async (t: TestContext, dataDirectory: string, dockSn: string, id: string, command: Command) => {
  const backend = await openLocal(t, { dataDirectory })
  const operator = operatorOf(backend, dockSn)
  assert.equal((await operator.dock()).activeUpload?.id, id)
  const dock = await attendDock(t, backend, dockSn)
  const lent = { ...lentBy(command), endpoint: backend.storageUrl }
  await put(s3AsDock(t, lent), lent, 'logs')
  await dock.report(command, { status: 'ok', step: 3, percent: 100, size: 4 })
  const { archives, history } = await operator.uploadUntil(id, 'verified')
  assert.equal(archives[0]?.sizeBytes, 4)
  assert.deepEqual(
    history?.map(({ action }) => action),
    ['start'],
  )
  return operator
}

test('a backend that was stopped in the middle of an upload goes on', { skip: onlyLocal }, async (t) => {
  const dataDirectory = await temporary(t)
  const backend = await openLocal(t, { dataDirectory })
  const dock = await dockByHand(t, backend, { fleet: 'north' })
  const { command, upload } = await halfway(dock)
  const logs = await dock.logs()
  await backend.stop()
  const operator = await goOn(t, dataDirectory, dock.dockSn, upload.id, command)
  assert.deepEqual(await operator.logs(), logs)
})

test('so does one that was killed', { skip: onlyLocal }, async (t) => {
  const dataDirectory = await temporary(t)
  const killed = await startProcess(t, dataDirectory)
  const dock = await dockByHand(t, backendAt(killed))
  const { command, upload } = await halfway(dock)
  await killed.kill()
  await goOn(t, dataDirectory, dock.dockSn, upload.id, command)
})
