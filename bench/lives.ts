import type { Table } from '../lambdas/table/client.ts'
import { start, wireBackend } from '../test/support/backend.ts'
import { minutes, settle, wireCollections } from '../test/support/collections.ts'
import {
  batchOf,
  objectCreated,
  progressPayload,
  queued,
  replyPayload,
} from '../test/support/dock-messages.ts'
import { publishedEvents, recordedChanges } from '../test/support/recorded-changes.ts'
import { openTable } from '../test/support/table.ts'
import { progress, versions, wireUpgrades } from '../test/support/upgrades.ts'
import { wireWebhooks } from '../test/support/webhooks.ts'
import { spentBy } from './spent.ts'
import { printTable } from './table.ts'

/**
 * The cost of an upload, an upgrade, a collection and a webhook delivery from request to end, by the meter of
 * the table emulator, with each report in its own batch; and the events they publish.
 */

/** `changes` are the stream records, `events` the published events, `publishReads` the reads for publishing. */
export type Life = {
  reports: number
  writes: number
  reads: number
  changes: number
  events: number
  publishReads: number
}

/** Runs once on a table; actions before `begin` do not count. Resolves to the number of reports. */
type Live = (table: Table, begin: () => void) => Promise<number>

const progressReports = 60
const upgradeReports = 20

export const metered = async (live: Live): Promise<Life> => {
  const { table, used } = openTable()
  const reports = await live(table, () => used.splice(0))
  const { write, read } = spentBy(used)
  const life = { reports, writes: write, reads: read }
  return { ...life, ...(await publishing(live)) }
}

/** Runs it once more: recording the changes causes additional reads. */
const publishing = async (live: Live) => {
  const { table, used } = openTable()
  const recorded = recordedChanges(table, () => start)
  await live(recorded.table, () => recorded.records.splice(0))
  used.splice(0)
  const events = await publishedEvents(table, recorded.records)
  const publishReads = used.reduce((total, { units }) => total + units, 0)
  return { changes: recorded.records.length, events: events.length, publishReads }
}

const upload = (): Promise<Life> =>
  metered(async (table, begin) => {
    const backend = wireBackend(table)
    const dockSn = '7CTDL000000001'
    await backend.docks.register(dockSn, {}, 'all', start)
    begin()
    const { id, commandId, keyOf } = await backend.open(dockSn, [{ module: 'dock', bootIndexes: [1] }])
    const key = keyOf('dock')
    const say = (n: number, payload: object) =>
      batchOf(queued({ dockSn, payload, receivedAt: start + 1_000 * n }))
    await backend.replies(say(0, replyPayload(commandId, { result: 0 })))
    for (let n = 1; n <= progressReports; n++) {
      const last = n === progressReports
      const file = {
        module: '3',
        key,
        size: 50_000_000,
        fingerprint: 'f'.repeat(32),
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
  metered(async (table, begin) => {
    const backend = wireUpgrades(table)
    await backend.campaign('bench')
    const device = backend.device()
    await device.register()
    begin()
    await device.open('v2', { campaignId: 'bench' })
    for (let n = 1; n < upgradeReports; n++) await device.say(n, progress(n, 'v1'))
    await device.say(upgradeReports, progress(100, 'v2'))
    await device.say(upgradeReports + 1, versions('v2'))
    const inShort = await device.short()
    if (inShort !== 'succeeded confirmed') throw new Error(`the upgrade is ${inShort}`)
    return upgradeReports + 1
  })

/** A collection for an alarm, at a dock that answers; the archive's own reports are in `upload`. */
const collection = (): Promise<Life> =>
  metered(async (table, begin) => {
    const dockSn = '7CTDL000000002'
    const world = await wireCollections(table, [dockSn])
    await world.put('bench', { docks: [dockSn] })
    begin()
    await world.alarm({ dockSn })
    world.wait(2 * minutes)
    await world.sweep()
    await settle(world)
    const [run] = await world.runs('bench')
    if (run?.outcome !== 'collected') throw new Error(`the run is ${run?.phase} ${run?.outcome}`)
    return 0
  })

/** A delivery to a webhook that answers at the first try. */
const delivery = (): Promise<Life> =>
  metered(async (table, begin) => {
    const world = wireWebhooks(table)
    const body = { url: 'https://bench.example/', types: ['groundcrew.*'] }
    await world.call('putWebhook', { params: { id: 'bench' }, body })
    begin()
    await world.send(world.event())
    if (world.received.length !== 1) throw new Error('nothing was sent')
    return 0
  })

export type Lives = { upload: Life; upgrade: Life; collection: Life; delivery: Life }

export const measureLives = async (): Promise<Lives & { text: string }> => {
  const lives = {
    upload: await upload(),
    upgrade: await upgrade(),
    collection: await collection(),
    delivery: await delivery(),
  }
  const row = (name: string, { reports, writes, reads, changes, events, publishReads }: Life): string[] => [
    name,
    ...[reports, writes, reads, changes, events, publishReads].map(String),
  ]
  const text = printTable(
    [
      'From the request to the end',
      'reports',
      'write units, with indexes',
      'read units',
      'changes',
      'events',
      'their reads',
    ],
    [
      row('an upload of one archive, verified', lives.upload),
      row('an upgrade in a campaign, confirmed', lives.upgrade),
      row('a collection for an alarm, with its listing and upload, without their reports', lives.collection),
      row('an event to a webhook that takes it', lives.delivery),
    ],
  )
  return { ...lives, text }
}
