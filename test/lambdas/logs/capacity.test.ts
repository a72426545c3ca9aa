import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { start, wireBackend } from '../../support/backend.ts'
import { batchOf, progressPayload, queued, replyPayload } from '../../support/dock-messages.ts'
import { openTable, type Usage } from '../../support/table.ts'

/** The cost of a progress report, by the capacity that the database reports as consumed. */
describe('a progress report in order', () => {
  const world = openTable()

  const boots = Array.from({ length: 500 }, (_, n) => 10_000 + n)

  /** An upload of 500 boots of each module, accepted, both archives uploading. */
  const inProgress = async (dockSn: string) => {
    const backend = wireBackend(world.table)
    const upload = await backend.open(dockSn, [
      { module: 'aircraft', bootIndexes: boots },
      { module: 'dock', bootIndexes: boots },
    ])
    let at = start
    const report = (aircraft: number, dock: number, status = 'file_uploading') => {
      at += 2_000
      const file = (module: 'aircraft' | 'dock', progress: number) => ({
        module: module === 'aircraft' ? '0' : '3',
        device_sn: '1581F5BKD000000001',
        key: upload.keyOf(module),
        size: 1_234_567_890,
        fingerprint: 'f'.repeat(32),
        progress: { current_step: 19, total_step: 30, progress, status, upload_rate: 1_234_567, result: 0 },
      })
      const payload = progressPayload(
        upload.id,
        [file('aircraft', aircraft), file('dock', dock)],
        'in_progress',
      )
      return queued({ dockSn, payload, receivedAt: at })
    }
    await backend.replies(
      batchOf(
        queued({ dockSn, payload: replyPayload(upload.commandId, { result: 0 }), receivedAt: start + 100 }),
      ),
    )
    await backend.progress(batchOf(report(1, 1)))
    world.used.splice(0)
    return { backend, report }
  }

  const consumed = (kind: Usage['kind']) =>
    world.used.filter((usage) => usage.kind === kind).reduce((sum, { units }) => sum + units, 0)

  it('costs one write unit and no read unit, with both archives in progress and 500 boots each', async () => {
    const { backend, report } = await inProgress('7CTDM0000000000000A')
    for (let percent = 2; percent < 12; percent++) await backend.progress(batchOf(report(percent, percent)))
    assert.deepEqual([consumed('write'), consumed('read')], [10, 0])
  })

  it('costs the same when only one of the archives advances', async () => {
    const { backend, report } = await inProgress('7CTDM0000000000000B')
    for (let percent = 2; percent < 12; percent++) await backend.progress(batchOf(report(percent, 1)))
    assert.deepEqual([consumed('write'), consumed('read')], [10, 0])
  })

  it('shares one write unit with all reports of its upload in a batch', async () => {
    const { backend, report } = await inProgress('7CTDM0000000000000C')
    const reports = Array.from({ length: 20 }, (_, n) => report(n + 2, n + 2))
    await backend.progress(batchOf(...reports))
    assert.deepEqual([consumed('write'), consumed('read')], [1, 0])
  })
})
