import { alarmDueKind, alarmStore } from '../../alarms/store.ts'
import { sweepAlarms } from '../../alarms/sweep.ts'
import { connectAircraftPower } from '../../debugging/connect.ts'
import { debugDueKind } from '../../debugging/store.ts'
import { sweepDebugModes } from '../../debugging/sweep.ts'
import { connectDocks } from '../../docks/machines.ts'
import { commandStore } from '../../logs/commands.ts'
import { historyStore } from '../../logs/history.ts'
import { hotUploads } from '../../logs/hot-upload.ts'
import { uploadReader } from '../../logs/store.ts'
import { sweepUploads } from '../../logs/sweep.ts'
import { presenceDueKind } from '../../presence/project.ts'
import { presenceStore } from '../../presence/store.ts'
import { sweepPresence } from '../../presence/sweep.ts'
import { type Env, env as names } from '../../runtime/env.ts'
import { newId } from '../../runtime/new-id.ts'
import { publisher } from '../../runtime/publish.ts'
import { archives } from '../../storage/archives/configured.ts'
import { dueItems } from '../../sweeps/due-items.ts'
import { onClock } from '../../sweeps/on-clock.ts'
import { connectTable } from '../../table/client.ts'
import { dueKinds } from '../../table/keys.ts'

const wire = (env: Env): (() => Promise<void>) => {
  const table = connectTable(env)
  const publish = publisher(env)
  const debugModes = sweepDebugModes({
    power: connectAircraftPower(table, connectDocks(table), publish),
    due: dueItems(table, debugDueKind),
    now: Date.now,
  })
  const uploads = sweepUploads({
    hot: hotUploads(table, Date.now),
    due: dueItems(table, dueKinds.upload),
    get: uploadReader(table).get,
    archives: archives(env),
    etagIsMd5: env[names.etagIsMd5] !== 'no',
    commands: commandStore(table),
    history: historyStore(table),
    publish,
    now: Date.now,
    newId,
  })
  const presence = sweepPresence({
    presence: presenceStore(table),
    due: dueItems(table, presenceDueKind),
    now: Date.now,
  })
  const alarms = sweepAlarms({
    alarms: alarmStore(table),
    due: dueItems(table, alarmDueKind),
    now: Date.now,
  })
  return async () => {
    // The few docks in debug mode come first: they cannot fly until the sweep has ended it.
    const ends = [await ended(debugModes), await ended(uploads), await ended(presence), await ended(alarms)]
    const failed = ends.find((end) => end !== undefined)
    if (failed) throw failed.error
  }
}

/** Catches the error of one sweep, so that the others still run. */
const ended = (work: () => Promise<void>): Promise<{ error: unknown } | undefined> =>
  work().then(
    () => undefined,
    (error: unknown) => ({ error }),
  )

export const handler = onClock(wire)
