import type { Alarm, Alarms } from '../../protocols/dji-alarms/facts.ts'
import { couldBeOurs, readAlarms, readFlightEnd } from '../../protocols/dji-alarms/up.ts'
import type { DeviceReport } from '../queue/batch.ts'
import { ofEachDock, understood } from '../rejected/each-dock.ts'
import type { Rejected } from '../rejected/keep.ts'
import type { rejectedStore } from '../rejected/store.ts'
import { eachOf } from '../runtime/each-of.ts'
import { count } from '../runtime/telemetry.ts'
import { type AlarmChange, alarmId, changesBy, paced, roomFor, type Snapshot, seenEveryMs } from './alarm.ts'
import type { flightStore } from './flights.ts'
import type { alarmStore, Machine } from './store.ts'
import type { Whose } from './whose.ts'

/**
 * Records standing alarms and ended flights, after the other reports in the same queue. Idempotent, in any
 * order. A machine repeats its alarms every two seconds: what this instance of the function has written
 * recently costs no read and no write.
 */

type Needs = {
  alarms: Pick<ReturnType<typeof alarmStore>, 'ofMachine' | 'write' | 'giveUp'>
  flights: Pick<ReturnType<typeof flightStore>, 'ended'>
  whose: Whose
  rejected: Pick<ReturnType<typeof rejectedStore>, 'add'>
}

type ReportedAlarms = { report: DeviceReport; alarms: Alarms }

export const recordAlarms = (use: Needs) => {
  const written = rememberedSnapshots()
  const take = async (sn: string, reported: readonly DeviceReport[], rejected: Rejected[]): Promise<void> => {
    for (const report of reported) await takeFlight(use, report, rejected)
    const read = reported.flatMap((report) => {
      const alarms = understood(rejected, report, readAlarms(report.payload))
      return alarms ? [{ report, alarms }] : []
    })
    // Grouped by the dock that the message names: each must be known to have the machine.
    for (const ofOne of Map.groupBy(read, ({ alarms }) => alarms.dockSn ?? sn).values())
      await takeAlarms({ ...use, written }, sn, ofOne, rejected)
  }
  return ofEachDock(use, take, ({ payload }) => couldBeOurs(payload))
}

const takeFlight = async (use: Needs, report: DeviceReport, rejected: Rejected[]): Promise<void> => {
  const flight = understood(rejected, report, readFlightEnd(report.payload))
  if (!flight) return
  const found = await use.whose(report.source, flight.dockSn)
  if (found === 'notItsDock') rejected.push({ report, reason: found, path: 'gateway' })
  else if (found && !(await use.flights.ended(found, flight, report.receipt.receivedAt)))
    rejected.push({ report, reason: 'tooManyFlights', path: '' })
}

/** Parallel writes per machine, while other machines wait for the same function. */
const writesAtOnce = 5

/** Records messages that name the same dock, or none. */
const takeAlarms = async (
  use: Needs & { written: ReturnType<typeof rememberedSnapshots> },
  sn: string,
  reported: readonly ReportedAlarms[],
  rejected: Rejected[],
): Promise<void> => {
  const last = reported.at(-1)
  if (!last || use.written.hasAll(sn, reported)) return
  const { report, alarms } = last
  const found = await use.whose(sn, alarms.dockSn)
  if (found === 'notItsDock') rejected.push({ report, reason: found, path: 'gateway' })
  else if (found && !(await write(use, { dockSn: found.dockSn, fleet: found.fleet, sn }, reported))) return
  use.written.keep(sn, last)
}

/** False: some alarms were raised too fast; they are recorded when they are reported again. */
const write = async (use: Needs, machine: Machine, reported: readonly ReportedAlarms[]): Promise<boolean> => {
  const known = await use.alarms.ofMachine(machine)
  const snapshots = reported.map(snapshotOf).toSorted((one, other) => one.at - other.at)
  const all = changesBy(known, snapshots)
  const changes = paced(known, all)
  const isKnown = ({ alarm }: AlarmChange): boolean => known.has(alarmId(alarm))
  const fresh = changes.filter((change) => !isKnown(change))
  const now = snapshots.at(-1)?.at ?? 0
  const { room, givenUp } = roomFor(known, fresh.length, now)
  count('AlarmsNotKept', fresh.length - room)
  await eachOf(givenUp, writesAtOnce, (id) => use.alarms.giveUp(machine, id))
  const kept = [...changes.filter(isKnown), ...fresh.slice(0, room)]
  await eachOf(kept, writesAtOnce, (change) => use.alarms.write(machine, change))
  return changes.length === all.length
}

const snapshotOf = ({ report, alarms }: ReportedAlarms): Snapshot => ({
  at: report.receipt.receivedAt,
  alarms: alarms.alarms,
})

/** Machines whose last snapshot is kept in memory; forgetting costs a read and some writes. */
const maxRemembered = 2_000

const rememberedSnapshots = () => {
  const kept = new Map<string, { text: string; at: number }>()
  return {
    /** Whether all of it repeats what was written within the last `seenEveryMs`. */
    hasAll: (sn: string, reported: readonly ReportedAlarms[]): boolean => {
      const before = kept.get(sn)
      return (
        before !== undefined &&
        reported.every(
          ({ report, alarms }) =>
            textOf(alarms) === before.text && report.receipt.receivedAt < before.at + seenEveryMs,
        )
      )
    },
    keep: (sn: string, { report, alarms }: ReportedAlarms): void => {
      if (kept.size >= maxRemembered) kept.clear()
      kept.set(sn, { text: textOf(alarms), at: report.receipt.receivedAt })
    },
  }
}

const textOf = ({ alarms, dockSn }: Alarms): string =>
  JSON.stringify([dockSn, ...alarms.map(textOfAlarm).sort()])
const textOfAlarm = (alarm: Alarm): string =>
  [alarmId(alarm), alarm.level, alarm.module, alarm.imminent, alarm.inTheSky].join()
