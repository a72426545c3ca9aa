import { PutCommand } from '@aws-sdk/lib-dynamodb'
import { alarmStore } from '../../lambdas/alarms/store.ts'
import { presenceStore } from '../../lambdas/presence/store.ts'
import type { Table } from '../../lambdas/table/client.ts'
import { topologyKey } from '../../lambdas/table/keys.ts'
import { wireBackend } from './backend.ts'
import { batchOf, objectCreated, progressPayload, queued, replyPayload } from './dock-messages.ts'

/** What a dock that has been at work for a while has in the table, written by the code that writes it. */

const day = 86_400_000
const logsOfModule = 40

export type History = { dockSn: string; aircraftSn: string; uploads: number; alarms: number; until: number }

/**
 * A dock that is there, with its aircraft, the lists of their logs, uploads that were verified, one each day, one that is
 * under way, and alarms, of which one stands. `until` is the time of the newest of it, epoch ms. Resolves to the upload
 * that is under way.
 */
export const dockWithHistory = async (
  table: Table,
  { dockSn, aircraftSn, uploads, alarms, until }: History,
): Promise<string> => {
  const backend = wireBackend(table)
  backend.clock.now = until - uploads * day
  await backend.docks.register(
    dockSn,
    { fleet: 'north', aircraftSn, name: 'Harbour' },
    'all',
    backend.clock.now,
  )
  await signs(table, dockSn, aircraftSn, backend.clock.now)
  await listed(backend, dockSn, aircraftSn)
  await Promise.all(Array.from({ length: alarms }, (_, n) => alarm(table, { dockSn, aircraftSn, until }, n)))
  for (let n = 0; n < uploads; n++) {
    await verified(backend, dockSn)
    backend.clock.now += day
  }
  const { id, commandId, keyOf } = await backend.open(dockSn)
  const at = backend.clock.now
  await backend.replies(
    batchOf(queued({ dockSn, payload: replyPayload(commandId, { result: 0 }), receivedAt: at + 1 })),
  )
  const file = { module: '3', key: keyOf('dock'), progress: { status: 'file_uploading', progress: 40 } }
  await backend.progress(
    batchOf(queued({ dockSn, payload: progressPayload(id, [file]), receivedAt: at + 2 })),
  )
  return id
}

const signs = async (table: Table, dockSn: string, aircraftSn: string, at: number): Promise<void> => {
  const presence = presenceStore(table)
  await presence.record(dockSn, { connected: { version: 1, at, heardAt: at } }, at)
  const said = (sn: string) =>
    presence.record(sn, { firmware: { order: '1', heardAt: at, version: '10.01.16.03' } }, at)
  await said(dockSn)
  await said(aircraftSn)
  const Item = {
    ...topologyKey(dockSn),
    at,
    dockModel: '3-3-0',
    aircraft: [{ sn: aircraftSn, model: '0-100-0' }],
  }
  await table.client.send(new PutCommand({ TableName: table.name, Item }))
}

type Backend = ReturnType<typeof wireBackend>

const listed = async (
  { docks, listings, clock }: Backend,
  dockSn: string,
  aircraftSn: string,
): Promise<void> => {
  const dock = await docks.find(dockSn, 'all')
  if (!dock) throw new Error('not registered')
  const id = `listing-${dockSn}`
  const asked = { createdAt: clock.now, deadlineAt: clock.now + 30_000, requestedBy: 'ann' }
  await listings.open(dock, { id, ...asked, modules: ['aircraft', 'dock'] }, undefined)
  const logs = Array.from({ length: logsOfModule }, (_, n) => ({
    bootIndex: n + 1,
    startTime: clock.now - (n + 1) * 3_600_000,
    endTime: clock.now - n * 3_600_000,
    sizeBytes: 12_345_678,
  }))
  const modules = [
    { module: 'aircraft' as const, deviceSn: aircraftSn, result: 0, logs },
    { module: 'dock' as const, deviceSn: dockSn, result: 0, logs },
  ]
  const receipt = { receivedAt: clock.now, receiptId: 'receipt-listing' }
  await listings.answer(dockSn, id, { commandId: id, result: 0, modules }, receipt)
}

const alarm = async (
  table: Table,
  { dockSn, aircraftSn, until }: Pick<History, 'dockSn' | 'aircraftSn' | 'until'>,
  n: number,
): Promise<void> => {
  const machine = { dockSn, sn: n % 2 === 0 ? dockSn : aircraftSn, fleet: 'north' }
  const what = { level: 'warning', module: 'device', imminent: false, inTheSky: false } as const
  const said = { ...what, code: `0x1B03${String(n).padStart(4, '0')}`, component: 0, sensor: n }
  const raisedAt = until - n * day
  const alarms = alarmStore(table)
  await alarms.write(machine, { alarm: said, raisedAt, seenAt: raisedAt })
  if (n > 0) await alarms.write(machine, { alarm: said, seenAt: raisedAt, clearedAt: raisedAt + 60_000 })
}

/** An upload of both archives, to its end. */
const verified = async (backend: Backend, dockSn: string): Promise<void> => {
  const { id, commandId, keyOf } = await backend.open(dockSn)
  const at = backend.clock.now
  const say = (payload: object, after: number) => batchOf(queued({ dockSn, payload, receivedAt: at + after }))
  await backend.replies(say(replyPayload(commandId, { result: 0 }), 1))
  const modules = ['aircraft', 'dock'] as const
  const fingerprint = 'f'.repeat(32)
  const files = modules.map((module) => ({
    module: module === 'aircraft' ? '0' : '3',
    key: keyOf(module),
    size: 50_000_000,
    fingerprint,
    progress: { status: 'ok', progress: 100 },
  }))
  await backend.progress(say(progressPayload(id, files, 'ok'), 2))
  const objects = modules.map((module) =>
    objectCreated({ key: keyOf(module), size: 50_000_000, etag: fingerprint, sequencer: '1', at: at + 3 }),
  )
  await backend.archives(batchOf(...objects))
  const { state } = await backend.view(dockSn, id)
  if (state !== 'verified') throw new Error(`the upload is ${state}`)
}
