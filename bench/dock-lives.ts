import { flightStore } from '../lambdas/alarms/flights.ts'
import { recordAlarms } from '../lambdas/alarms/record.ts'
import { alarmDueKind, alarmStore } from '../lambdas/alarms/store.ts'
import { sweepAlarms } from '../lambdas/alarms/sweep.ts'
import { whoseMessage } from '../lambdas/alarms/whose.ts'
import { connectDocks } from '../lambdas/docks/machines.ts'
import { recordPresence } from '../lambdas/presence/record.ts'
import { presenceStore } from '../lambdas/presence/store.ts'
import { dockStore } from '../lambdas/registry/store.ts'
import { rejectedStore } from '../lambdas/rejected/store.ts'
import { dueItems } from '../lambdas/sweeps/due-items.ts'
import type { Table } from '../lambdas/table/client.ts'
import { start } from '../test/support/backend.ts'
import { batchOf, queued } from '../test/support/dock-messages.ts'
import { type Life, metered } from './lives.ts'

/** The units of a dock's alarms, flights and presence, by the meter of the table emulator. */

const dockSn = '7CTDL000000003'
const aircraftSn = '1581FL00000003'
const second = 1_000
const hour = 3_600 * second

export const alarmMinutes = 10

const registered = (table: Table) => dockStore(table).register(dockSn, { aircraftSn }, 'all', start)

/** `everySeconds`: how often a non-empty list reaches the cloud. */
const alarm = (everySeconds: number): Promise<Life> =>
  metered(async (table, begin) => {
    let now = start
    const alarms = alarmStore(table)
    const record = recordAlarms({
      alarms,
      flights: flightStore(table),
      rejected: rejectedStore(table),
      whose: whoseMessage({ docks: dockStore(table), machines: connectDocks(table), now: () => now }),
    })
    await registered(table)
    begin()
    const list = [{ code: '0x1B030019', level: 2, module: 3 }]
    const payload = { method: 'hms', tid: 't', bid: 'b', gateway: dockSn, data: { list } }
    const end = start + alarmMinutes * 60 * second
    let reported = 0
    for (; now < end; now += everySeconds * second, reported++)
      await record(batchOf(queued({ dockSn, payload, receivedAt: now })))
    now = end + 4 * 60 * second
    await sweepAlarms({ alarms, due: dueItems(table, alarmDueKind), now: () => now })()
    const [one] = await alarms.ofDock(dockSn, undefined)
    if (one?.state !== 'cleared') throw new Error(`the alarm is ${one?.state}`)
    return reported
  })

const flight = (): Promise<Life> =>
  metered(async (table, begin) => {
    await registered(table)
    begin()
    await flightStore(table).ended(
      { dockSn, aircraftSn, fleet: 'default' },
      { flightId: 'flight', outcome: 'done' },
      start,
    )
    return 1
  })

const presenceRecorder = (table: Table, now: () => number) => {
  const record = recordPresence({ presence: presenceStore(table), rejected: rejectedStore(table), now })
  return (about: 'relay' | 'connection', payload: object) =>
    record(batchOf(queued({ dockSn, about, payload, receivedAt: now() })))
}

/** A relay's announcements of a day: one each hour, and one for each change. */
const relayedDay = (changes: number): Promise<Life> =>
  metered(async (table, begin) => {
    let now = start
    const record = presenceRecorder(table, () => now)
    await registered(table)
    const word = (n: number) => ({ online: true, aircraft: n % 2 === 0 ? [] : [aircraftSn], mode: 'idle' })
    await record('relay', word(0))
    begin()
    for (let n = 1; n <= changes; n++) {
      now += 60 * second
      await record('relay', word(n))
    }
    for (let n = 0; n < 24; n++) {
      now += hour
      await record('relay', word(changes))
    }
    return changes + 24
  })

/** IoT Core ends a connection once a day, and the dock reconnects. */
const connectedDay = (): Promise<Life> =>
  metered(async (table, begin) => {
    let now = start
    const record = presenceRecorder(table, () => now)
    await registered(table)
    const event = (eventType: string, versionNumber: number) => ({
      clientId: dockSn,
      eventType,
      timestamp: now,
      versionNumber,
      sessionIdentifier: 's',
      principalIdentifier: 'p',
    })
    await record('connection', event('connected', 1))
    begin()
    now += 24 * hour
    await record('connection', event('disconnected', 1))
    now += second
    await record('connection', event('connected', 2))
    return 2
  })

/** `reports` is the number of messages. */
export type DockLives = {
  alarmByRelay: Life
  alarmEveryList: Life
  flight: Life
  relayedDay: Life
  connectedDay: Life
}

export const measureDockLives = async (changesADay: number): Promise<DockLives> => ({
  alarmByRelay: await alarm(60),
  alarmEveryList: await alarm(2),
  flight: await flight(),
  relayedDay: await relayedDay(changesADay),
  connectedDay: await connectedDay(),
})
