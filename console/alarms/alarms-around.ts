import type { Alarm, Log, Logs, Upload } from '../api/records.ts'
import type { Selection } from '../docks/log-selection.ts'

/** The logs and uploads that belong to an alarm. Pure. */

/** What a collection takes where nothing is said, so that by hand and by itself it is the same. */
const beforeMs = 10 * 60_000
const afterMs = 2 * 60_000

/** Whether a log holds any of the minutes around a moment; one whose time is unknown is not known to. */
const holds = ({ startTime, endTime }: Log, at: number): boolean =>
  startTime !== undefined &&
  Date.parse(startTime) <= at + afterMs &&
  (endTime === undefined || Date.parse(endTime) >= at - beforeMs)

export const logsAround = ({ modules }: Logs, { raisedAt }: Alarm): Selection => {
  const bootsOf = (name: 'aircraft' | 'dock'): number[] =>
    modules
      .filter(({ module }) => module === name)
      .flatMap(({ logs }) => logs.filter((log) => holds(log, Date.parse(raisedAt))))
      .map(({ bootIndex }) => bootIndex)
  return { aircraft: bootsOf('aircraft'), dock: bootsOf('dock') }
}

/** Uploads that this alarm is the cause of. One that comes again begins anew, and so do its uploads. */
export const uploadsOf = (uploads: readonly Upload[], { sn, code, raisedAt }: Alarm): Upload[] =>
  uploads.filter(
    ({ cause }) =>
      cause?.alarm?.sn === sn && cause.alarm.code === code && Date.parse(cause.at) === Date.parse(raisedAt),
  )
