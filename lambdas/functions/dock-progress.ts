import type { SQSEvent } from 'aws-lambda'
import { flightStore } from '../alarms/flights.ts'
import { recordAlarms } from '../alarms/record.ts'
import { alarmStore } from '../alarms/store.ts'
import { whoseMessage } from '../alarms/whose.ts'
import { connectAircraftPower } from '../debugging/connect.ts'
import { recordPowerProgress } from '../debugging/record.ts'
import { connectDocks } from '../docks/machines.ts'
import { hotUploads } from '../logs/hot-upload.ts'
import { recordProgress } from '../logs/record-progress.ts'
import { dockStore } from '../registry/store.ts'
import { unregisteredDocks } from '../registry/unregistered.ts'
import { rejectedStore } from '../rejected/store.ts'
import { env as names } from '../runtime/env.ts'
import { publisher } from '../runtime/publish.ts'
import type { Table } from '../table/client.ts'
import { recordDockProgress } from '../upgrades/docks/record.ts'
import { upgradeStore } from '../upgrades/store.ts'

/**
 * Records what docks report about log uploads and, from the same topic, about upgrades (ADR 0032), power (ADR
 * 0041), alarms and flights (ADR 0038). Alarms wait until the others are written: they may be many, and
 * are less urgent.
 *
 * This is no handler: two queues bring these reports, and a function for each uses it (ADR 0042).
 */
export const takeDockProgress = (env: NodeJS.ProcessEnv, table: Table) => {
  const publish = publisher(env)
  const docks = dockStore(table)
  const machines = connectDocks(table)
  const common = {
    rejected: rejectedStore(table),
    acknowledge: env[names.acknowledgeEvents] === 'off' ? undefined : publish,
    now: Date.now,
  }
  const uploads = recordProgress({
    ...common,
    hot: hotUploads(table, Date.now),
    docks,
    unregistered: unregisteredDocks(table, Date.now),
  })
  const upgrades = recordDockProgress({
    ...common,
    upgrades: upgradeStore(table, Date.now),
    docks: machines,
  })
  const power = recordPowerProgress({ ...common, power: connectAircraftPower(table, machines, publish) })
  const alarms = recordAlarms({
    alarms: alarmStore(table),
    flights: flightStore(table),
    whose: whoseMessage({ docks, machines, now: Date.now }),
    rejected: common.rejected,
  })
  return async (event: SQSEvent): Promise<string[]> => {
    const failed = await Promise.all([uploads(event), upgrades(event), power(event)])
    return [...new Set([...failed.flat(), ...(await alarms(event))])]
  }
}
