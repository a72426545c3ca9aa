import { start, wireBackend } from '../test/support/backend.ts'
import {
  batchOf,
  objectCreated,
  progressPayload,
  queued,
  replyPayload,
} from '../test/support/dock-messages.ts'
import { startTable } from '../test/support/table.ts'
import { progress, versions, wireUpgrades } from '../test/support/upgrades.ts'
import { printTable } from './table.ts'

/**
 * What one upload and one upgrade cost from the request to the end, by the meter of the table emulator, with
 * each report by itself.
 */

export type Life = { reports: number; writes: number; reads: number }

const progressReports = 60
const upgradeReports = 20

const metered = async (
  live: (world: Awaited<ReturnType<typeof startTable>>) => Promise<number>,
): Promise<Life> => {
  const world = await startTable()
  const reports = await live(world)
  const sum = (kind: 'read' | 'write') =>
    world.used.filter((usage) => usage.kind === kind).reduce((total, { units }) => total + units, 0)
  const life = { reports, writes: sum('write'), reads: sum('read') }
  await world.stop()
  return life
}

const upload = (): Promise<Life> =>
  metered(async ({ table, used }) => {
    const backend = wireBackend(table)
    const dockSn = '7CTDL000000001'
    await backend.docks.register(dockSn, {}, 'all', start)
    used.splice(0)
    const { id, commandId, keyOf } = await backend.open(dockSn, [{ module: 'dock', bootIndexes: [1] }])
    const key = keyOf('dock')
    const say = (n: number, payload: object) =>
      batchOf(queued({ dockSn, payload, receivedAt: start + 1_000 * n }))
    await backend.replies(say(0, replyPayload(commandId, { result: 0 })))
    for (let n = 1; n <= progressReports; n++) {
      const last = n === progressReports
      const file = {
        ...{ module: '3', key, size: 50_000_000, fingerprint: 'f'.repeat(32) },
        progress: { status: last ? 'ok' : 'file_uploading', progress: last ? 100 : n },
      }
      await backend.progress(say(n, progressPayload(id, [file])))
    }
    const object = { key, size: 50_000_000, etag: 'f'.repeat(32), sequencer: '1', at: start + 61_000 }
    await backend.archives(batchOf(objectCreated(object)))
    const { state } = await backend.view(dockSn, id)
    if (state !== 'verified') throw new Error(`the upload is ${state}`)
    return progressReports
  })

const upgrade = (): Promise<Life> =>
  metered(async ({ table, used }) => {
    const backend = wireUpgrades(table)
    await backend.campaign('bench')
    const device = backend.device()
    await device.register()
    used.splice(0)
    await device.open('v2', { campaignId: 'bench' })
    for (let n = 1; n < upgradeReports; n++) await device.say(n, progress(n, 'v1'))
    await device.say(upgradeReports, progress(100, 'v2'))
    await device.say(upgradeReports + 1, versions('v2'))
    const inShort = await device.short()
    if (inShort !== 'succeeded confirmed') throw new Error(`the upgrade is ${inShort}`)
    return upgradeReports + 1
  })

export const measureLives = async (): Promise<{ upload: Life; upgrade: Life; text: string }> => {
  const lives = { upload: await upload(), upgrade: await upgrade() }
  const row = (name: string, { reports, writes, reads }: Life): string[] => [
    name,
    ...[reports, writes, reads].map(String),
  ]
  const text = printTable(
    ['From the request to the end', 'reports', 'write units', 'read units'],
    [
      row('an upload of one archive, verified', lives.upload),
      row('an upgrade in a campaign, confirmed', lives.upgrade),
    ],
  )
  return { ...lives, text }
}
