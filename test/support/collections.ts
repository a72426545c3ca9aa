import './quiet-logs.ts'

import { connectCollections } from '../../lambdas/collections/connect.ts'
import { onEvent } from '../../lambdas/collections/on-event.ts'
import { openRun } from '../../lambdas/collections/open-run.ts'
import { runDueKind } from '../../lambdas/collections/run-store.ts'
import { type CollectionSettings, collectionDueKind } from '../../lambdas/collections/store.ts'
import { runCollections } from '../../lambdas/collections/sweep.ts'
import { answerFacts, archiveFacts, objectFact } from '../../lambdas/logs/facts.ts'
import type { Publish } from '../../lambdas/runtime/publish.ts'
import { dueItems } from '../../lambdas/sweeps/due-items.ts'
import type { Table } from '../../lambdas/table/client.ts'
import type { DeviceMessage } from '../../protocols/message.ts'
import { modelDock, start } from './debugging.ts'

/** Docks from which logs are collected by themselves, on a table, with docks that are no more than their state. */

export const minutes = 60_000

export const settings = (more: Partial<CollectionSettings> = {}): CollectionSettings => ({
  enabled: true,
  fleet: 'north',
  when: { alarm: { cooldownSeconds: 0 } },
  logs: { modules: ['dock'], beforeSeconds: 600, afterSeconds: 120 },
  finishWithinSeconds: 7200,
  atOnce: 2,
  wakeAircraft: false,
  retries: 2,
  ...more,
})

type Alarm = { dockSn: string; code?: string; raisedAt?: number; level?: string }

export const wireCollections = async (table: Table, dockSns: readonly string[]) => {
  let now = start
  let receipts = 0
  const messages: DeviceMessage[] = []
  const publish: Publish = async (message) => void messages.push(message)
  const lend = async ({ lifetimeSeconds }: { lifetimeSeconds: number }) => ({
    storage: { provider: 'aws' as const, bucket: 'b', region: 'eu-central-1', endpoint: 'https://s3' },
    credentials: {
      accessKeyId: 'a',
      secretAccessKey: 's',
      sessionToken: 't',
      expiresAt: now + lifetimeSeconds * 1000,
    },
  })
  const connect = (over: Table) => connectCollections({}, over, { publish, lend, now: () => now })
  const use = connect(table)
  const docks = new Map(dockSns.map((dockSn) => [dockSn, modelDock(dockSn)]))
  for (const dockSn of dockSns) await use.docks.register(dockSn, { fleet: 'north' }, 'all', start)
  const receipt = () => {
    receipts += 1
    return { receivedAt: now, receiptId: `receipt-${receipts}` }
  }

  const listed = async (dockSn: string, id: string) => {
    const { isAircraftOn = false } = docks.get(dockSn)?.state ?? {}
    const log = (bootIndex: number, ago: number) => ({
      bootIndex,
      sizeBytes: 1000,
      startTime: now - (ago + 1) * 30 * minutes,
      endTime: now - ago * 30 * minutes,
    })
    const logs = [log(1, 2), log(2, 1), log(3, 0)]
    const modules = [
      { module: 'dock' as const, result: 0, logs },
      isAircraftOn
        ? { module: 'aircraft' as const, result: 0, logs }
        : { module: 'aircraft' as const, result: 324_015, logs: [] },
    ]
    const known = await use.listings.get(dockSn, id)
    const asked = modules.filter(({ module }) => known?.modules.includes(module))
    await use.listings.answer(dockSn, id, { commandId: id, result: 0, modules: asked }, receipt())
  }

  const uploaded = async (dockSn: string, id: string) => {
    const upload = await use.uploads.get(dockSn, id)
    const facts = (upload?.hot.terms.modules ?? []).map((module) => ({
      ...archiveFacts(module, { module, end: 'uploaded', sizeBytes: 400 }, receipt()),
      ...objectFact(module, { size: 400, etag: 'multipart-2', sequencer: '0001', at: now }),
    }))
    await use.hot.record(dockSn, id, {
      ...answerFacts('start', { commandId: 'start', result: 0, modules: [] }, receipt()),
      ...Object.assign({}, ...facts),
    })
  }

  const happened = (by: ReturnType<typeof connect>, type: string, record: object) =>
    onEvent(by)({ detail: { type, data: { record } } })

  return {
    use,
    connect,
    docks,
    messages,
    now: () => now,
    wait: (ms: number) => {
      now += ms
    },
    put: (id: string, more: Partial<CollectionSettings> = {}) =>
      use.collections.put(id, settings(more), { fleets: 'all', by: 'ann', now }),
    alarm: ({ dockSn, code = '0x1', raisedAt = now, level = 'warning' }: Alarm, by = use) =>
      happened(by, 'groundcrew.alarm.raised.v1', {
        dockSn,
        sn: dockSn,
        code,
        level,
        module: 'dock',
        imminent: false,
        component: 0,
        sensor: 0,
        raisedAt: new Date(raisedAt).toISOString(),
      }),
    happened: (type: string, record: object, by = use) => happened(by, type, record),
    sweep: (by = use, over = table) =>
      runCollections({
        ...by,
        due: { collections: dueItems(over, collectionDueKind), runs: dueItems(over, runDueKind) },
      })(),
    open: (...args: Parameters<typeof openRun> extends [unknown, ...infer Rest] ? Rest : never) =>
      openRun(use, ...args),
    runs: async (id: string) => (await use.runs.list(id, 'all', undefined, { limit: 200 })).items,
    /** The next message reaches its dock, which does what it says; resolves to the dock that has something to say. */
    deliver: async (): Promise<string | undefined> => {
      const message = messages.shift()
      if (!message) return undefined
      const dockSn = message.topic.split('/')[2] ?? ''
      const dock = docks.get(dockSn)
      if (!dock || dock.state.isGone) return dockSn
      const { method, bid } = JSON.parse(message.payload)
      if (method === 'fileupload_list') await listed(dockSn, bid)
      if (method === 'fileupload_start') await uploaded(dockSn, bid)
      for (const said of dock.take(message)) await use.power.heard(dockSn, { ...said, at: now })
      return dockSn
    },
  }
}

export type CollectionWorld = Awaited<ReturnType<typeof wireCollections>>

/** Lets docks hear, and the backend hear of it, until nobody has more to say. */
export const settle = async (world: CollectionWorld): Promise<void> => {
  for (let said = await world.deliver(); said !== undefined; said = await world.deliver())
    await world.happened('groundcrew.listing.received.v1', { dockSn: said })
}
