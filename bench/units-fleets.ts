import type { SQSEvent, SQSRecord } from 'aws-lambda'
import type { Table } from '../lambdas/table/client.ts'
import { start, wireBackend } from '../test/support/backend.ts'
import { batchOf, progressPayload, queued, replyPayload } from '../test/support/dock-messages.ts'
import { progress, wireUpgrades } from '../test/support/upgrades.ts'

/** Machines at work, and their next reports, the first report of each first. */
export type Fleet = {
  reports: SQSRecord[]
  /** Creates a new copy of the function, with empty caches. */
  copy: () => (event: SQSEvent) => Promise<string[]>
  /** @throws Error if a machine's record is behind its furthest report. */
  check: () => Promise<void>
}

const receiptOf = (machine: number, n: number): string =>
  `${String(machine).padStart(4, '0')}${String(n).padStart(4, '0')}-0000-4000-8000-000000000000`

/** Docks, each in an upload of two archives. */
export const docks = async (table: Table, count: number, reportsOfEach: number): Promise<Fleet> => {
  const backend = wireBackend(table)
  const opened = await Promise.all(
    Array.from({ length: count }, (_, n) => backend.open(`7CTDU${String(n).padStart(9, '0')}`)),
  )
  const report = (machine: number, n: number): SQSRecord => {
    const upload = opened[machine]
    if (!upload) throw new Error(`no dock ${machine}`)
    const files = (['aircraft', 'dock'] as const).map((module) => ({
      module: module === 'aircraft' ? '0' : '3',
      key: upload.keyOf(module),
      size: 123_456_789,
      progress: { current_step: 19, total_step: 30, progress: n, status: 'file_uploading' },
    }))
    const payload = progressPayload(upload.id, files)
    const receivedAt = start + 1_000 * n + machine
    return queued({ dockSn: upload.dockSn, payload, receivedAt, receiptId: receiptOf(machine, n) })
  }
  const each = (n: number): SQSRecord[] => opened.map((_, machine) => report(machine, n))
  for (const { dockSn, commandId } of opened) {
    const payload = replyPayload(commandId, { result: 0 })
    await backend.replies(batchOf(queued({ dockSn, payload, receivedAt: start + 1 })))
  }
  await backend.progress(batchOf(...each(1)))
  return {
    reports: Array.from({ length: reportsOfEach }, (_, n) => each(n + 2)).flat(),
    copy: () => wireBackend(table).progress,
    check: async () => {
      for (const { dockSn, id } of opened) {
        const { archives } = await backend.view(dockSn, id)
        const expected = ((18 * 100 + reportsOfEach + 1) / 30).toFixed(1)
        for (const { percent } of archives)
          if (percent === undefined || Math.abs(percent - Number(expected)) > 1)
            throw new Error(`${dockSn} is at ${percent} % instead of ${expected} %`)
      }
    },
  }
}

/** Devices, each in an attempt. */
export const devices = async (table: Table, count: number, reportsOfEach: number): Promise<Fleet> => {
  const backend = wireUpgrades(table)
  const all = Array.from({ length: count }, () => backend.device())
  for (const device of all) {
    await device.register({ fleet: 'north' })
    await device.open('v2')
    await device.say(1, progress(1, 'v1'))
  }
  const last = reportsOfEach + 1
  return {
    reports: Array.from({ length: reportsOfEach }, (_, n) =>
      all.map((device, machine) =>
        device.message([progress(n + 2, 'v1')], { at: n + 2, receiptId: receiptOf(machine, n) }),
      ),
    ).flat(),
    copy: () => wireUpgrades(table).ingest,
    check: async () => {
      for (const device of all) {
        const { state, percent } = await device.view()
        if (state !== 'upgrading' || percent !== last)
          throw new Error(`${device.deviceId} is ${state} at ${percent} % instead of ${last} %`)
      }
    },
  }
}
